from django.urls import path

from reports.views import desk, failures, holidays, reports, schedules

app_name = "reports"
urlpatterns = [
    path("", reports.listing, name="list"),
    path("ask/", reports.ask, name="ask"),
    path("<int:pk>/", reports.report, name="report"),
    path("<int:pk>/file/", reports.download, name="file"),
    path("<int:pk>/cancel/", reports.cancel, name="cancel"),
    path("schedules/", schedules.page, name="schedules"),
    path("schedules/<int:pk>/", schedules.act, name="schedule"),
    path("holidays/<str:iso>/", holidays.page, name="holidays"),
    path("failures/", failures.page, name="failures"),
    path("inbox/", desk.inbox, name="inbox"),
    path("deliveries/", desk.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", desk.resend, name="resend"),
    path("chain/<str:iso>/", desk.chain, name="chain"),
    path("chain/<str:iso>/<int:level>/letter/", desk.letter, name="letter"),
]
