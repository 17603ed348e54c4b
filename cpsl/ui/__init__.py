"""The widgets that pages, blocks and workflow forms are made of (behaviour.md §20)."""

from cpsl.ui.actions import ActionCard as ActionCard
from cpsl.ui.actions import Button as Button
from cpsl.ui.actions import GalleryCard as GalleryCard
from cpsl.ui.display import Chart as Chart
from cpsl.ui.display import ChartType as ChartType
from cpsl.ui.display import Divider as Divider
from cpsl.ui.display import Metric as Metric
from cpsl.ui.display import MetricFormat as MetricFormat
from cpsl.ui.display import Text as Text
from cpsl.ui.inputs import CheckboxGroup as CheckboxGroup
from cpsl.ui.inputs import NumberInput as NumberInput
from cpsl.ui.inputs import Select as Select
from cpsl.ui.inputs import TextArea as TextArea
from cpsl.ui.inputs import TextInput as TextInput
from cpsl.ui.inputs import Toggle as Toggle
from cpsl.ui.layout import Card as Card
from cpsl.ui.layout import Column as Column
from cpsl.ui.layout import Page as Page
from cpsl.ui.layout import Row as Row
from cpsl.ui.media import Image as Image
from cpsl.ui.media import ImageGallery as ImageGallery
from cpsl.ui.media import Video as Video
from cpsl.ui.media import VideoGallery as VideoGallery
from cpsl.ui.panels import ChatPanel as ChatPanel
from cpsl.ui.panels import FileBrowser as FileBrowser
from cpsl.ui.panels import TaskBoard as TaskBoard
from cpsl.ui.panels import TaskBoardColumn as TaskBoardColumn
from cpsl.ui.tables import Table as Table
from cpsl.ui.tables import TableBrowser as TableBrowser
from cpsl.ui.tables import TableGroup as TableGroup
from cpsl.ui.uploads import FileInput as FileInput
from cpsl.ui.uploads import ImageInput as ImageInput
from cpsl.ui.uploads import UrlInput as UrlInput
from cpsl.ui.uploads import UrlListInput as UrlListInput
from cpsl.ui.workflow import ActionBar as ActionBar
from cpsl.ui.workflow import EmptyState as EmptyState
from cpsl.ui.workflow import FormSection as FormSection
from cpsl.ui.workflow import RunList as RunList
from cpsl.ui.workflow import RunStatus as RunStatus
from cpsl.ui.workflow import SubmitButton as SubmitButton
from cpsl.ui.workflow import WorkflowShell as WorkflowShell

# Without it, `from cpsl.ui import *` would bring the submodules along.
__all__ = [
    "ActionBar",
    "ActionCard",
    "Button",
    "Card",
    "Chart",
    "ChartType",
    "ChatPanel",
    "CheckboxGroup",
    "Column",
    "Divider",
    "EmptyState",
    "FileBrowser",
    "FileInput",
    "FormSection",
    "GalleryCard",
    "Image",
    "ImageGallery",
    "ImageInput",
    "Metric",
    "MetricFormat",
    "NumberInput",
    "Page",
    "Row",
    "RunList",
    "RunStatus",
    "Select",
    "SubmitButton",
    "Table",
    "TableBrowser",
    "TableGroup",
    "TaskBoard",
    "TaskBoardColumn",
    "Text",
    "TextArea",
    "TextInput",
    "Toggle",
    "UrlInput",
    "UrlListInput",
    "Video",
    "VideoGallery",
    "WorkflowShell",
]
