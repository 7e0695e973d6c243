"""Files that were sent as answers, for who may have them."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from events.registrations.asking.files import readable_by, served


@require_safe
@login_required
def answer_file(request: HttpRequest, pk: int) -> FileResponse:
    """A file, as ``served``; 404 where it is not there, or not for the reader."""
    file = readable_by(request.user).filter(pk=pk).first()
    if file is None:
        raise Http404
    try:
        return served(file)
    except FileNotFoundError:
        raise Http404 from None
