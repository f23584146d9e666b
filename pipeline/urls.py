"""Addresses of deals and their rates."""

from django.urls import path

from pipeline.views import (
    behind,
    board,
    compare,
    entering,
    files,
    funnel,
    hand_over,
    model_card,
    moving,
    opportunities,
    opportunity_forms,
    own_probability,
    playbook,
    segments,
    stage_detail,
    trend,
)

app_name = "pipeline"
urlpatterns = [
    # The board
    path("deals/", board.board, name="board"),
    path("deals/columns/<int:pk>/", board.column_cards, name="column_cards"),
    path("deals/<int:pk>/move/", moving.move, name="move"),
    path("deals/<int:pk>/enter/", entering.enter, name="enter"),
    path("deals/<int:pk>/undo/", moving.undo, name="undo"),
    path("deals/<int:pk>/redo/<int:change>/", moving.redo, name="redo"),
    # Deals
    path("deals/list/", opportunities.opportunity_list, name="opportunities"),
    path("deals/new/", opportunity_forms.create, name="new_opportunity"),
    path("deals/<int:pk>/", opportunities.opportunity, name="opportunity"),
    path("deals/<int:pk>/edit/", opportunity_forms.edit, name="edit_opportunity"),
    path("deals/<int:pk>/own-chance/", own_probability.set_own, name="own_probability"),
    path("deals/<int:pk>/archive/", opportunities.archive, name="archive_opportunity"),
    path("deals/<int:pk>/restore/", opportunities.restore, name="restore_opportunity"),
    path("deals/<int:pk>/plays/<int:item>/tick/", playbook.act, {"verb": "tick"}, name="tick"),
    path(
        "deals/<int:pk>/plays/<int:item>/untick/", playbook.act, {"verb": "untick"}, name="untick"
    ),
    # Files
    path("files/<int:pk>/", files.download, name="download_file"),
    path("files/<int:pk>/preview/", files.preview, name="preview_file"),
    path("files/<str:keys>/archive/", files.archive, name="archive_file"),
    path("files/<str:keys>/restore/", files.restore, name="restore_file"),
    path("files/<slug:noun>/<int:pk>/upload/", files.upload, name="upload"),
    # Handing over
    path("hand-over/", hand_over.hand_over, name="hand_over"),
    path("hand-over/<int:pk>/undo/", hand_over.undo, name="undo_hand_over"),
    # The playbook
    path("playbook/", playbook.playbook, name="playbook"),
    path("playbook/<slug:kind>/<int:pk>/", playbook.write, name="write_play"),
    path("playbook/<slug:kind>/<int:pk>/preview/", playbook.preview, name="preview_play"),
    # Rates
    path("funnel/", funnel.funnel, name="funnel"),
    path("funnel/<int:pk>/recompute/", funnel.recompute, name="recompute"),
    path("funnel/stage/", stage_detail.stage_detail, name="stage_detail"),
    path("funnel/trend/", trend.trend, name="trend"),
    path("funnel/compare/", compare.compare, name="compare"),
    path("funnel/behind/", behind.behind, name="behind"),
    # The model card
    path("funnel/model-card/", model_card.model_card, name="model_card"),
    path("funnel/<int:pk>/judge/", model_card.judge, name="judge"),
    path("funnel/segments/", segments.segments, name="segments"),
    path("funnel/<int:pk>/segments/", segments.ask_for_segments, name="ask_for_segments"),
]
