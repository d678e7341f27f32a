from django.urls import path

from states.views import audit, confirm, people

app_name = "states"
urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/audit/", audit.entries, name="audit"),
    path("people/audit/access/", audit.access, name="audit_access"),
    path("people/posts/<int:pk>/", people.post, name="post"),
    path("people/teams/<int:pk>/posts/", people.add_post, name="add_post"),
    path("confirm/", confirm.page, name="confirm"),
    path("act-as/", people.act_as, name="act_as"),
]
