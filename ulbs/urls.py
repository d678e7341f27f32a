from django.urls import path, re_path

from ulbs.views import cell, change, lists, towns

app_name = "ulbs"
urlpatterns = [
    path("<str:iso>/", lists.towns, name="list"),
    path("<str:iso>/matrix/", lists.matrix, name="matrix"),
    path("<str:iso>/matrix/change/", change.change, name="change"),
    path("<str:iso>/<int:lgd_code>/", towns.town, name="ulb"),
    re_path(r"^(?P<iso>\w+)/(?P<lgd_code>\d+)/(?P<module>[A-Z]+)/$", cell.cell, name="cell"),
]
