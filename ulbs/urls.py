from django.urls import path

from ulbs.views import batches, entries, figures, gatherings, life, office, plan, registers, towns

app_name = "ulbs"
urlpatterns = [
    path("<str:iso>/", towns.towns, name="list"),
    path("files/<int:pk>/", office.file, name="town_file"),
    path("<str:iso>/figures/", figures.of_state, name="figures"),
    path("<str:iso>/<int:lgd_code>/", towns.town, name="ulb"),
    path("<str:iso>/new/", life.add, name="new"),
    path("<str:iso>/<int:lgd_code>/edit/", life.edit, name="edit"),
    path("<str:iso>/<int:lgd_code>/code/", life.code, name="code"),
    path("<str:iso>/<int:lgd_code>/end/", life.end, name="end"),
    path("<str:iso>/<int:lgd_code>/reinstate/", life.reinstate, name="reinstate"),
    path("<str:iso>/batches/", batches.batches, name="batches"),
    path("<str:iso>/batches/towns/", plan.plan, name="plan"),
    path("<str:iso>/batches/new/", batches.add, name="new_batch"),
    path("<str:iso>/batches/fill/", batches.fill, name="fill_batches"),
    path("<str:iso>/batches/cantonments/", batches.cantonments, name="cantonments"),
    path("<str:iso>/batches/<int:number>/", batches.batch, name="batch"),
    path("<str:iso>/batches/<int:number>/remove/", batches.remove, name="remove_batch"),
    path("<str:iso>/registers/", registers.index, name="registers"),
    path("<str:iso>/registers/<slug:slug>/", registers.register, name="register"),
    path("<str:iso>/registers/<slug:slug>/new/", entries.add, name="new_entry"),
    path("<str:iso>/registers/<slug:slug>/<int:pk>/", entries.entry, name="entry"),
    path("<str:iso>/registers/<slug:slug>/<int:pk>/reopen/", entries.reopen, name="reopen"),
    path("<str:iso>/registers/<slug:slug>/<int:pk>/remove/", entries.remove, name="remove"),
    path("<str:iso>/registers/<slug:slug>/<int:pk>/towns/", gatherings.towns, name="event_towns"),
    path("<str:iso>/registers/meeting/<int:pk>/points/", gatherings.point, name="new_point"),
    path("<str:iso>/registers/meeting/<int:pk>/points/<int:number>/", gatherings.point, name="point"),
    path("<str:iso>/<int:lgd_code>/town/", office.town, name="town"),
    path("<str:iso>/<int:lgd_code>/links/", office.links, name="town_links"),
    path("<str:iso>/<int:lgd_code>/figures/", figures.of_town, name="town_figures"),
]
