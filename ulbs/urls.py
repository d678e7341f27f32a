from django.urls import path

from ulbs.views import towns

app_name = "ulbs"
urlpatterns = [
    path("<str:iso>/", towns.towns, name="list"),
    path("<str:iso>/<int:lgd_code>/", towns.town, name="ulb"),
]
