from django.urls import path

from ulbs.views import imports, tenants, towns

app_name = "ulbs"
urlpatterns = [
    path("import/", imports.files, name="import_national"),
    path("import/<int:pk>/", imports.one, name="import_national_one"),
    path("<str:iso>/import/", imports.files, name="import"),
    path("<str:iso>/import/<int:pk>/", imports.one, name="import_one"),
    path("<str:iso>/tenants/", tenants.queue, name="tenants"),
    path("<str:iso>/sheet/", imports.sheet, name="sheet"),
    path("<str:iso>/", towns.towns, name="list"),
    path("<str:iso>/<int:lgd_code>/", towns.town, name="ulb"),
]
