"""What people upload is bounded while it arrives, so that no file fills the memory or the disk."""

import io
from typing import IO, Any, cast

from django.conf import settings
from django.core.files.temp import NamedTemporaryFile
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class TooLargeFile(UploadedFile[Any]):
    """Stands for a file of which nothing was kept: it is empty, and ``size`` says how large it was.

    It stands among the request's files, so that the form can say at its field what is wrong and keep all that was typed.
    """

    def __init__(self, name: str, size: int, content_type: str) -> None:
        super().__init__(file=io.BytesIO(), name=name, content_type=content_type, size=size)


class Bounded(FileUploadHandler):
    """Keeps what is small enough, in memory or in a temporary file, and of the rest only counts the bytes.

    A file has ``UPLOAD_MOST_BYTES`` at most, all files of one request together ``UPLOAD_MOST_BYTES_TOGETHER``.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.together = 0
        self.size = 0
        self.kept: IO[bytes] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self.size = 0
        self.kept = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep the bytes while they are few enough; drop the whole file otherwise."""
        self.size += len(raw_data)
        if self.kept is None:
            return
        if self.size > settings.UPLOAD_MOST_BYTES or self.together + self.size > settings.UPLOAD_MOST_BYTES_TOGETHER:
            self.drop()
            return
        if self.size > settings.FILE_UPLOAD_MAX_MEMORY_SIZE and isinstance(self.kept, io.BytesIO):
            on_disk = NamedTemporaryFile(suffix=".upload", dir=settings.FILE_UPLOAD_TEMP_DIR)
            on_disk.write(self.kept.getbuffer())
            self.kept = cast("IO[bytes]", on_disk)
        self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """The file, or a sign in its place."""
        name, media_type = str(self.file_name), str(self.content_type or "")
        if self.kept is None:
            return TooLargeFile(name, self.size, media_type)
        self.together += self.size
        self.kept.seek(0)
        kept, self.kept = self.kept, None
        return UploadedFile(file=kept, name=name, content_type=media_type, size=self.size, charset=self.charset)

    def upload_interrupted(self) -> None:
        """The connection broke, or the request made no sense."""
        self.drop()

    def drop(self) -> None:
        """Keep nothing of the present file."""
        if self.kept is not None:
            self.kept.close()
            self.kept = None
