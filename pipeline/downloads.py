"""How the content of a file leaves the house."""

from django.http import FileResponse, Http404

from crm.models import File

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
# Safari shows no PDF in a sandbox; the viewers of Chromium are an object with styles of their own.
PDF_VIEWER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
FRAMED_BY_US = "; frame-ancestors 'self'"


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


def show(file: File) -> FileResponse:
    """The content of a file that has a preview, for our own pages to frame and no others."""
    answer = answer_with(file, as_attachment=False)
    policy = SANDBOX if file.is_picture else PDF_VIEWER
    answer["Content-Security-Policy"] = policy + FRAMED_BY_US
    answer["X-Frame-Options"] = "SAMEORIGIN"
    return answer
