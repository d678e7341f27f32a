FROM python:3.11-slim-bookworm AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core gettext postgresql-client \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
RUN msgfmt -o locale/hi/LC_MESSAGES/django.mo locale/hi/LC_MESSAGES/django.po \
 && VAR_DIR=/app/var python manage.py collectstatic --noinput \
 && useradd --create-home nudm && chown -R nudm /app/var
USER nudm
ENV PYTHONUNBUFFERED=1 VAR_DIR=/app/var
EXPOSE 8000
CMD ["gunicorn", "nudm.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--preload"]
