"""Version 1 of the API."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from nudm.core.paging import refuse_unknown
from phases import api as phases
from reports import api as reports
from ulbs import api as ulbs
from ulbs import api_figures as figures


class Docs(SpectacularSwaggerSplitView):
    """A page to read: its template has nothing to say to a question about its options."""

    http_method_names = ("get", "head")


class Schema(SpectacularAPIView):
    """The description of the API; like all of it, it takes no parameter that it does not declare."""

    @extend_schema(
        parameters=[OpenApiParameter("format", str), OpenApiParameter("lang", str)],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        refuse_unknown(request, {"format", "lang"})
        answer: Response = super().get(request, *args, **kwargs)
        return answer


def _open(view: type) -> object:
    """The API answers 401 itself; a browser's redirect to the sign-in page is of no use to a program."""
    return login_not_required(view.as_view())  # type: ignore[attr-defined]


urlpatterns = [
    path("schema/", _open(Schema), name="schema"),
    path(
        "docs/",
        login_not_required(Docs.as_view(url_name="schema")),
        name="api_docs",
    ),
    path("states/", _open(phases.States), name="api_states"),
    path("states/<str:iso>/", _open(phases.OneState), name="api_state"),
    path("states/<str:iso>/progress/", _open(phases.StateProgress), name="api_progress"),
    path("states/<str:iso>/items/", _open(phases.StateItems), name="api_state_items"),
    path("states/<str:iso>/items/<str:code>/", _open(phases.OneStateItem), name="api_state_item"),
    path("states/<str:iso>/items/<str:code>/moves/", _open(phases.StateItemMoves), name="api_state_moves"),
    path(
        "states/<str:iso>/items/<str:code>/evidence/",
        _open(phases.StateItemEvidence),
        name="api_state_evidence",
    ),
    path("items/", _open(phases.Items), name="api_items"),
    path("items/<int:pk>/", _open(phases.OneItem), name="api_item"),
    path("items/<int:pk>/moves/", _open(phases.Moves), name="api_moves"),
    path("items/<int:pk>/evidence/", _open(phases.ItemEvidence), name="api_evidence"),
    path("ulbs/", _open(ulbs.Ulbs), name="api_ulbs"),
    path("ulbs/<int:lgd_code>/", _open(ulbs.OneUlb), name="api_ulb"),
    path("figures/", _open(figures.Figures), name="api_figures"),
    path("national/common/", _open(figures.NationalCommon), name="api_common"),
    path("ulbs/<int:lgd_code>/milestones/", _open(ulbs.Milestones), name="api_milestones"),
    path("deployments/", _open(ulbs.Deployments), name="api_deployments"),
    path("reports/", _open(reports.Reports), name="api_reports"),
    path("reports/<int:pk>/file/", _open(reports.ReportFile), name="api_report_file"),
]
