"""How the content of a file leaves the house."""

from django.http import FileResponse, Http404

from crm.models import File

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


def answer_with(file: File, *, as_attachment: bool) -> FileResponse:
    """The content of a file with the headers that keep a browser from running it."""
    try:
        content = file.content.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    answer = FileResponse(
        content, as_attachment=as_attachment, filename=file.name, content_type=file.content_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = SANDBOX
    answer["Cache-Control"] = "private, no-cache"
    return answer
