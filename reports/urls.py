from django.urls import path

from reports.views import reports

app_name = "reports"
urlpatterns = [
    path("", reports.listing, name="list"),
    path("ask/", reports.ask, name="ask"),
    path("subscribe/", reports.subscribe, name="subscribe"),
    path("subscriptions/<int:pk>/end/", reports.unsubscribe, name="unsubscribe"),
    path("<int:pk>/", reports.report, name="report"),
    path("<int:pk>/file/", reports.download, name="file"),
]
