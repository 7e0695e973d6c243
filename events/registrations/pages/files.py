"""Files that were sent as answers, for who may have them."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from events.registrations.asking.files import readable_by


@require_safe
@login_required
def answer_file(request: HttpRequest, pk: int) -> FileResponse:
    """A file, to be saved and never to be shown: it comes from outside, and pages of ours run in its browser window."""
    file = readable_by(request.user).filter(pk=pk).first()
    if file is None:
        raise Http404
    try:
        opened = file.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(opened, as_attachment=True, filename=file.name, content_type=file.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
