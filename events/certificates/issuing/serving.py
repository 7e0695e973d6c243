"""A certificate's file over HTTP, for pages and API."""

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header, parse_etags

from events.certificates.issuing import files
from events.certificates.models import Certificate

PDF = "application/pdf"
A_YEAR = 365 * 24 * 3600


def pdf_response(request: HttpRequest, certificate: Certificate) -> HttpResponseBase:
    """The file, which never changes: its SHA-256 is the ETag, and a browser need not ask twice."""
    etag = f'"{certificate.sha256}"'
    response: HttpResponseBase
    if etag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", "")):
        response = HttpResponse(status=304)
    else:
        response = FileResponse(certificate.file.open("rb"), content_type=PDF)
        response["Content-Disposition"] = str(
            content_disposition_header(as_attachment=False, filename=files.file_name(certificate))
        )
    response["ETag"] = etag
    patch_cache_control(response, private=True, immutable=True, max_age=A_YEAR)
    return response
