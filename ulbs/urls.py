from django.urls import path

from ulbs import views

app_name = "ulbs"
urlpatterns = [
    path("<str:iso>/", views.towns, name="list"),
    path("<str:iso>/<int:lgd_code>/", views.town, name="ulb"),
]
