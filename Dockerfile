FROM python:3.11-slim-bookworm AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core gettext postgresql-client \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
# The image holds no key: this one is for the building of the static files alone and signs nothing.
RUN msgfmt -o locale/hi/LC_MESSAGES/django.mo locale/hi/LC_MESSAGES/django.po \
 && SECRET_KEY=only-for-building VAR_DIR=/app/var STATIC_ROOT=/app/static_files python manage.py collectstatic --noinput \
 && rm -rf /app/var && useradd --uid 1000 --create-home nudm && mkdir -p /var/lib/nudm && chown nudm /var/lib/nudm
USER nudm
ENV PYTHONUNBUFFERED=1 VAR_DIR=/var/lib/nudm STATIC_ROOT=/app/static_files
EXPOSE 8000
CMD ["gunicorn", "nudm.wsgi", "--bind", "0.0.0.0:8000"]
