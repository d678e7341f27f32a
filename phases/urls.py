from django.urls import path

from phases.views import checklist, compare, item, library, records, review

app_name = "phases"
urlpatterns = [
    path("review/", review.queue, name="review"),
    path("review/answer/", review.answer_many, name="answer_many"),
    path("evidence/<int:pk>/", library.download, name="download"),
    path("<str:iso>/compare/", compare.page, name="compare"),
    path("evidence/<int:pk>/remove/", library.remove, name="remove"),
    path("<str:iso>/evidence/", library.files, name="evidence"),
    path("<str:iso>/records/", records.record_list, name="records"),
    path("<str:iso>/records/<slug:slug>/", records.record, name="record"),
    path("<str:iso>/<int:number>/", checklist.checklist, name="checklist"),
    path("<str:iso>/<int:number>/submit/", checklist.submit_many, name="submit_many"),
    path("<str:iso>/<int:number>/close/", checklist.close, name="close"),
    path("<str:iso>/<int:number>/undo/", checklist.undo, name="undo"),
    path("<str:iso>/<int:number>/mark/", checklist.mark, name="mark"),
    path("<str:iso>/<int:number>/<str:code>/", item.item, name="item"),
    path("<str:iso>/<int:number>/<str:code>/draft/", item.autosave, name="autosave"),
]
