"""Widgets that show pictures and films (behaviour.md §20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cpsl.model.omit_unset import omit_unset
from cpsl.model.target import find_target, launch_payload
from cpsl.ui.base import Widget, titled


class Image(Widget):
    """A picture; it may lead to one of ``prompt``, ``workflow`` or ``page``.

    Raises ``ValueError`` for several targets, for ``input`` and ``payload`` together, and for
    either without a workflow.
    """

    type = "image"

    def __init__(
        self,
        src: str,
        *,
        alt: str = "",
        caption: str | None = None,
        aspect_ratio: str | None = None,
        prompt: str | None = None,
        workflow: Any | None = None,
        page: Any | None = None,
        input: dict[str, Any] | None = None,
        payload: dict[str, Any] | None = None,
    ) -> None:
        self.src = src
        self.alt = alt
        self.caption = caption
        self.aspect_ratio = aspect_ratio
        self.target = find_target(prompt=prompt, workflow=workflow, page=page)
        self.payload = launch_payload(self.target, input=input, payload=payload)

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "src", "alt"}`` plus what was given; ``input`` becomes ``payload``."""
        return {
            **self._json(src=self.src, alt=self.alt),
            **omit_unset(caption=self.caption, aspect_ratio=self.aspect_ratio),
            **(self.target.to_dict() if self.target else {}),
            **omit_unset(payload=self.payload),
        }

    def fallback(self) -> str:
        """``[image] caption (source)``, and where it leads."""
        leads = f" -> {self.target.kind}: {self.target.value}" if self.target else ""
        return _media_line("image", self.to_dict()) + leads


class Video(Widget):
    """A film; ``width`` is pixels as a number or a CSS text."""

    type = "video"

    def __init__(
        self,
        src: str,
        *,
        poster: str | None = None,
        title: str | None = None,
        caption: str | None = None,
        controls: bool = True,
        autoplay: bool = False,
        loop: bool = False,
        muted: bool = False,
        width: int | str | None = None,
        aspect_ratio: str | None = None,
    ) -> None:
        self.src = src
        self.poster = poster
        self.title = title
        self.caption = caption
        self.controls = controls
        self.autoplay = autoplay
        self.loop = loop
        self.muted = muted
        self.width = width
        self.aspect_ratio = aspect_ratio

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "src", "controls"}`` plus what was given."""
        return self._json(src=self.src, controls=self.controls) | omit_unset(
            poster=self.poster,
            title=self.title,
            caption=self.caption,
            autoplay=self.autoplay,
            loop=self.loop,
            muted=self.muted,
            width=self.width,
            aspect_ratio=self.aspect_ratio,
        )

    def fallback(self) -> str:
        """``[video] title (source)``."""
        return _media_line("video", self.to_dict())


class ImageGallery(Widget):
    """Pictures given here and those that the data handler ``data`` returns, ``columns`` abreast."""

    type = "image_gallery"

    def __init__(
        self,
        images: Sequence[str | dict[str, Any] | Image] | None = None,
        *,
        data: str | None = None,
        title: str | None = None,
        columns: int | None = None,
    ) -> None:
        self.images = [_gallery_item(image, Image, {"alt": ""}) for image in images or []]
        self.data = data
        self.title = title
        self.columns = columns

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "images"}`` plus what was given; a text is ``{"src", "alt": ""}``, a dict stays."""
        return self._json(images=[dict(image) for image in self.images]) | omit_unset(
            data=self.data, title=self.title, columns=self.columns
        )

    def fallback(self) -> str:
        """The title, one line a picture, and the data they come from."""
        return _gallery_text("image", self.title, self.images, self.data)


class VideoGallery(Widget):
    """Films given here and those that the data handler ``data`` returns, ``columns`` abreast."""

    type = "video_gallery"

    def __init__(
        self,
        videos: Sequence[str | dict[str, Any] | Video] | None = None,
        *,
        data: str | None = None,
        title: str | None = None,
        columns: int | None = None,
    ) -> None:
        self.videos = [_gallery_item(video, Video, {}) for video in videos or []]
        self.data = data
        self.title = title
        self.columns = columns

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "videos"}`` plus what was given; a text is ``{"src"}``, a dict stays."""
        return self._json(videos=[dict(video) for video in self.videos]) | omit_unset(
            data=self.data, title=self.title, columns=self.columns
        )

    def fallback(self) -> str:
        """The title, one line a film, and the data they come from."""
        return _gallery_text("video", self.title, self.videos, self.data)


def _gallery_item(item: object, kind: type[Image] | type[Video], extra: dict[str, Any]) -> dict[str, Any]:
    if isinstance(item, str):
        return {"src": item, **extra}
    if isinstance(item, Mapping):
        return dict(item)
    if isinstance(item, kind):
        return {key: value for key, value in item.to_dict().items() if key != "type"}
    raise TypeError(f"a gallery shows texts, dicts and {kind.__name__}s, not {type(item).__name__}")


def _gallery_text(kind: str, title: str | None, items: list[dict[str, Any]], data: str | None) -> str:
    lines = [_media_line(kind, item) for item in items]
    if data:
        lines.append(f"(data {data})")
    return titled(title, "\n".join(lines) or f"(no {kind}s)")


def _media_line(kind: str, item: Mapping[str, Any]) -> str:
    words = item.get("title") or item.get("caption") or item.get("alt")
    source = _shown_source(str(item.get("src", "")))
    return " ".join(filter(None, [f"[{kind}]", words, f"({source})" if words else source]))


def _shown_source(src: str) -> str:
    # The content of a data: URL is for machines.
    return src.partition(",")[0] if src.startswith("data:") else src
