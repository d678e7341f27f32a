from django.urls import path

from ulbs.views import figures, office, towns

app_name = "ulbs"
urlpatterns = [
    path("<str:iso>/", towns.towns, name="list"),
    path("files/<int:pk>/", office.file, name="town_file"),
    path("<str:iso>/figures/", figures.of_state, name="figures"),
    path("<str:iso>/<int:lgd_code>/", towns.town, name="ulb"),
    path("<str:iso>/<int:lgd_code>/town/", office.town, name="town"),
    path("<str:iso>/<int:lgd_code>/links/", office.links, name="town_links"),
    path("<str:iso>/<int:lgd_code>/figures/", figures.of_town, name="town_figures"),
]
