"""What editors ask for beside an answer (photos, files, records, pictures), handed on to who does it."""

from __future__ import annotations

from app.ui.forms.binding import FormBinding
from app.ui.forms.choice_buttons import ButtonsEditor
from app.ui.forms.choice_editors import ComboEditor
from app.ui.forms.choice_media import ChoiceMedia
from app.ui.forms.editor import Editor
from app.ui.forms.file_editor import FileEditor
from app.ui.forms.geopoint_editor import GeopointEditor
from app.ui.forms.image_map_editor import ImageMapEditor
from app.ui.forms.photo_editor import PhotoEditor
from app.ui.forms.reference_editor import ReferenceEditor
from app.ui.forms.shape_editor import ShapeEditor
from app.ui.look import Look


def hand_on(editor: Editor, look: Look, binding: FormBinding, path: str) -> None:
    """From now on what the editor of that question asks for is told by the binding."""
    match editor:
        case PhotoEditor():
            _photo(editor, binding, path)
        case FileEditor():
            _file(editor, binding, path)
        case ReferenceEditor():
            _reference(editor, binding, path)
        case GeopointEditor():
            editor.photos_wanted.connect(lambda: binding.positions_asked.emit(editor))
            editor.map_wanted.connect(lambda: binding.map_asked.emit(editor))
        case ShapeEditor():
            editor.file_wanted.connect(lambda: binding.shape_file_asked.emit(editor))
            editor.file_given.connect(lambda file: binding.shape_file_given.emit(file, editor))
        case ImageMapEditor():
            editor.map_wanted.connect(lambda file, values: binding.form_map_wanted.emit(file, values, editor))
            editor.choosing.media = ChoiceMedia(look, binding)
        case ButtonsEditor() | ComboEditor():
            editor.media = ChoiceMedia(look, binding)


def _photo(editor: PhotoEditor, binding: FormBinding, path: str) -> None:
    editor.files_given.connect(lambda sources: binding.photos_given.emit(path, sources))
    editor.choice_wanted.connect(lambda: binding.photos_asked.emit(path, False))
    editor.opened.connect(binding.photo_opened)
    editor.thumbnail_wanted.connect(lambda digest: binding.thumbnail_wanted.emit(digest, editor))
    editor.ground_wanted.connect(lambda digest: binding.ground_wanted.emit(digest, editor))


def _file(editor: FileEditor, binding: FormBinding, path: str) -> None:
    editor.files_given.connect(lambda files: binding.files_given.emit(path, files))
    editor.choice_wanted.connect(lambda: binding.files_asked.emit(path))
    editor.opened.connect(binding.file_opened)


def _reference(editor: ReferenceEditor, binding: FormBinding, path: str) -> None:
    editor.search_wanted.connect(lambda text: binding.targets_searched.emit(path, text, editor))
    editor.targets_wanted.connect(lambda ids: binding.targets_named.emit(ids, editor))
    editor.opened.connect(binding.record_opened)
    editor.new_wanted.connect(lambda: binding.record_begun.emit(path))
