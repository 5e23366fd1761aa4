"""A photo from a file: turned upright, scaled down and made a JPEG that the server takes."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImageReader, QImageWriter

from medidesk.errors import DomainError
from medidesk.models.patients import PHOTO_BYTES_MOST
from medidesk.words import tr

EDGE = 512
FILE_BYTES_MOST = 40_000_000
_QUALITIES = (88, 75, 60, 40)


def scaled_photo(path: Path) -> bytes:
    """The picture in `path` as a JPEG of at most 512 px; may take a moment, so call it in the background.

    Raises:
        DomainError: the file is too large, cannot be read, or is no picture.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DomainError(tr("The file cannot be read."), tr("Choose another one.")) from error
    if size > FILE_BYTES_MOST:
        raise DomainError(tr("The picture is larger than 40 MB."), tr("Choose a smaller one."))
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    full = reader.size()
    if full.isValid() and max(full.width(), full.height()) > EDGE:
        reader.setScaledSize(full.scaled(QSize(EDGE, EDGE), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        raise DomainError(tr("This file is not a picture that can be read."), tr("Choose a JPEG or PNG."))
    if max(image.width(), image.height()) > EDGE:
        image = image.scaled(
            EDGE, EDGE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    for quality in _QUALITIES:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QImageWriter(buffer, QByteArray(b"jpeg"))
        writer.setQuality(quality)
        writer.write(image)
        content = bytes(buffer.data().data())
        if len(content) <= PHOTO_BYTES_MOST:
            return content
    raise DomainError(tr("The picture cannot be made small enough."), tr("Choose another one."))
