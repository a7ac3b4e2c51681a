"""XForm XML read into a Form: one way in for our own forms and for those of any OpenRosa server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.errors import KnownError
from core.forms.answer_paths import FullPath
from core.forms.digest import form_digest
from core.forms.filling.logic_check import logic_errors
from core.forms.model.form import Form
from core.forms.xform.binds import Actions, Binds
from core.forms.xform.body import BodyReader
from core.forms.xform.choices import Lists
from core.forms.xform.expressions import Expressions
from core.forms.xform.instance import FirstInstance
from core.forms.xform.items import ItemReader
from core.forms.xform.texts import TextReader
from core.forms.xform_errors import Errors, form_broken
from core.forms.xform_names import CUNJIANG, JAVAROSA, NAMESPACES, XFORMS, XHTML


def parse_xform(
    xml: bytes, media: Mapping[str, bytes] = MappingProxyType({}), *, checked: bool = False
) -> Form:
    """The form in this XForm. `media` holds its files by name.

    Of one that was `checked` when it was installed the expressions are compiled as they are needed.
    Raises KnownError "form_broken" with `place` (where in the form), `reason` (a code: xml, hostile_xml,
    incomplete, expression, unknown_reference, duplicate_name, unknown_list, whole_list, link, cycle,
    encrypted, unsupported) and `detail`; all that can be found at once stands in `others`.
    """
    try:
        root = fromstring(xml, forbid_dtd=True)
    except DefusedXmlException as e:
        raise form_broken("", "hostile_xml", type(e).__name__) from e
    except (ParseError, ValueError, LookupError) as e:
        raise form_broken("", "xml", str(e)) from e
    return _Reader(root, checking=not checked).form(xml, dict(media))


class _Reader:
    """Reads one XForm, part after part; errors are noted in the order of the parts."""

    def __init__(self, root: Element, *, checking: bool) -> None:
        head, body = root.find(f"{XHTML}head"), root.find(f"{XHTML}body")
        model = head.find(f"{XFORMS}model") if head is not None else None
        if head is None or body is None or model is None:
            raise form_broken("", "incomplete", "head, model or body is missing")
        self._title = (head.findtext(f"{XHTML}title") or "").strip()
        self._model, self._body, self._checking = model, body, checking
        self._errors = Errors()
        self._expressions = Expressions(self._errors, checking=checking)
        self._texts = TextReader(model, self._expressions, self._errors)
        self._instance = FirstInstance(model, self._expressions)
        self._binds = Binds(model, self._instance, self._errors)

    def form(self, xml: bytes, media: dict[str, bytes]) -> Form:
        """The form. Raises KnownError "form_broken" with all that is wrong."""
        self._note_encryption()
        actions = Actions(self._instance, self._binds, self._expressions, self._errors)
        actions.read(self._model, ())
        body = BodyReader(self._instance, self._binds, actions, self._errors)
        body.read(self._body)
        lists = Lists(self._model, media, self._errors)
        items = ItemReader(
            self._instance, self._binds, body.controls, self._texts, self._expressions, lists, self._errors
        )
        root = items.root()
        self._note_unknown(body.controls)
        name, data = self._instance_name(), self._instance.root
        form = Form(
            form_id=data.get("id") or self._namespace_id(),
            version=self._version(),
            digest=form_digest(xml, media),
            titles=self._titles(),
            languages=self._texts.languages,
            root=root,
            texts=self._texts.texts,
            lists=lists.known,
            external_lists=frozenset(lists.external),
            due=self._due(),
            last_saved=lists.last_saved,
            reads=frozenset(data.get(f"{CUNJIANG}reads", "").split()),
            instance_name=self._expressions.expression(name, "/instanceName") if name else None,
            set_values=tuple(actions.set_values),
            passed_over=tuple(self._binds.passed_over),
            xml=xml,
            media=media,
        )
        if self._checking:
            self._errors.note(*[one for one in logic_errors(form) if not self._follows(one)])
        self._errors.give_up()
        return form

    def _note_encryption(self) -> None:
        submission = self._model.find(f"{XFORMS}submission")
        if submission is not None and submission.get("base64RsaPublicKey"):
            self._errors.note(form_broken("/submission", "encrypted", "base64RsaPublicKey"))

    def _note_unknown(self, paths: Iterable[FullPath]) -> None:
        """Controls must lead to something in the instance."""
        for path in paths:
            if self._instance.element_at(path) is None:
                place = "/" + "/".join(path)
                self._errors.note(form_broken(place, "unknown_reference", "no such node in the instance"))

    def _follows(self, error: KnownError) -> bool:
        """Whether a reference leads to nothing only because what is there was left out as wrong."""
        path = tuple(str(error.values["detail"]).split("/")[1:])
        left_out = bool(self._errors) and error.values["reason"] == "unknown_reference"
        return left_out and self._instance.element_at(path) is not None

    def _version(self) -> str:
        spellings = ("version", f"{{{NAMESPACES['orx']}}}version", f"{JAVAROSA}version")
        return next((found for spelling in spellings if (found := self._instance.root.get(spelling))), "")

    def _instance_name(self) -> str:
        """The expression that names a record, "" if there is none."""
        for meta in ("meta", "orx:meta"):
            for path, bind in self._binds.by_path.items():
                if path[:2] == (self._instance.name, meta) and path[-1].endswith("instanceName"):
                    return bind.get("calculate", "")
        return ""

    def _namespace_id(self) -> str:
        """The id of a form that has none but the namespace of its root element."""
        tag = self._instance.root.tag
        namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
        if not namespace or namespace == XFORMS[1:-1]:
            self._errors.note(form_broken("/" + self._instance.name, "incomplete", "the form has no id"))
        return namespace

    def _titles(self) -> dict[str, str]:
        """The title, and its translations from `cj:title_<code>` on the root element."""
        titles = {next(iter(self._texts.languages), ""): self._title}
        for key, value in self._instance.root.attrib.items():
            if key.startswith(f"{CUNJIANG}title_"):
                titles[key.removeprefix(f"{CUNJIANG}title_")] = value
        return titles

    def _due(self) -> str:
        """The day of every year that `cj:due` on the root element names, "" for none."""
        due = self._instance.root.get(f"{CUNJIANG}due", "")
        try:
            return due and date.fromisoformat(f"2001-{due}").strftime("%m-%d")
        except ValueError as e:
            raise form_broken("/" + self._instance.name, "unsupported", f"cj:due {due}") from e
