"""The first word of a URL is the folder, except the dashboard and a state's page (see docs/decisions)."""

from django.conf import settings
from django.urls import include, path

from nudm.accounts.views.language import set_language
from nudm.core import health
from nudm.core import views as uploads
from nudm.core.styleguide import styleguide
from phases.views import state as state_page
from reports.views import compare, dashboard, verify
from ulbs.views import office

urlpatterns = [
    path("", dashboard.home, name="home"),
    path("compare/", compare.page, name="compare"),
    path("accounts/", include("nudm.accounts.urls")),
    path("states/", include("states.urls")),
    path("states/<str:iso>/", state_page.page, name="state"),
    path("phases/", include("phases.urls")),
    path("ulbs/", include("ulbs.urls")),
    path("reports/", include("reports.urls")),
    path("t/<str:secret>/", office.by_link, name="town_link"),
    path("verify/", verify.page, name="verify"),
    path("verify/<str:code>/", verify.page, name="verify_code"),
    path("session/", uploads.session, name="session"),
    path("uploads/", uploads.upload, name="upload"),
    path("uploads/<uuid:key>/", uploads.upload_piece, name="upload_piece"),
    path("api/v1/", include("nudm.api_urls")),
    path("language/", set_language, name="set_language"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
if settings.DEBUG or settings.DEMO:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
handler400 = "nudm.core.broken.refused"
handler500 = "nudm.core.broken.page"
