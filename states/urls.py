from django.urls import path

from states import views

app_name = "states"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/posts/<int:pk>/", views.post, name="post"),
    path("people/teams/<int:pk>/posts/", views.add_post, name="add_post"),
    path("act-as/", views.act_as, name="act_as"),
]
