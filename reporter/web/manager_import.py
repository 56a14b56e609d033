"""Import a CSV file of treatments in two steps: try it, look at what is wrong, then keep it."""

import base64
import binascii
import csv
import io

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reporter.clinic.cells import MOST_BYTES, SheetError
from reporter.clinic.hours import local
from reporter.clinic.sheet import SheetResult, import_sheet
from reporter.clinic.sheet import template as csv_template
from reporter.web.at_hand import known, store
from reporter.web.manager_forms import ConfirmForm, ImportForm

# A tried file rides along in the page up to this size, since a browser never fills in a file
# field again; above it, the file is chosen once more. Flask takes 500 kB of text in a form.
RIDES_ALONG = 300_000


def import_csv() -> ResponseReturnValue:
    """Choose a file and see what would come of it; nothing is kept."""
    form = ImportForm()
    if not form.validate_on_submit():
        return _page(form)
    data = form.file.data.read(MOST_BYTES + 1)
    day_first = form.day_first.data == "yes"
    keep = "keep" in request.form
    try:
        result = _imported(data, day_first=day_first, dry_run=not keep)
    except SheetError as trouble:
        form.file.errors = [str(trouble)]
        return _page(form)
    if keep and not result.faults and not result.notes:
        return _kept(result)
    confirm = None if keep else _confirm(data, day_first)
    return _page(form, result, confirm, kept=keep)


def _imported(data: bytes, *, day_first: bool, dry_run: bool) -> SheetResult:
    return import_sheet(
        store(),
        g.clinic,
        known(),
        data,
        by=g.staff.actor,
        at=g.now,
        dry_run=dry_run,
        day_first=day_first,
    )


def _kept(result: SheetResult) -> ResponseReturnValue:
    flash(f"Imported: {result.created} new, {result.already} already here.")
    return redirect(url_for("manager.listed"), 303)


def _confirm(data: bytes, day_first: bool) -> ConfirmForm | None:
    if len(data) > RIDES_ALONG:
        return None
    sheet = base64.b64encode(data).decode()
    return ConfirmForm(formdata=None, sheet=sheet, day_first="yes" if day_first else "no")


def _page(
    form: ImportForm,
    result: SheetResult | None = None,
    confirm: ConfirmForm | None = None,
    *,
    kept: bool = False,
) -> ResponseReturnValue:
    page = render_template(
        "manager/import.html", form=form, result=result, confirm=confirm, kept=kept
    )
    return page, 422 if form.errors else 200


def keep() -> ResponseReturnValue:
    """Keep the good rows of the file that was tried a moment ago."""
    form = ConfirmForm()
    data = _sheet(form)
    if not form.validate() or not data:
        flash("The file did not come along. Choose it once more.")
        return redirect(url_for("manager.import_csv"), 303)
    day_first = form.day_first.data == "yes"
    if "failed" in request.form:
        return _failed(data, day_first)
    try:
        result = _imported(data, day_first=day_first, dry_run=False)
    except SheetError as trouble:
        flash(str(trouble))
        return redirect(url_for("manager.import_csv"), 303)
    if not result.faults and not result.notes:
        return _kept(result)
    return _page(ImportForm(formdata=None), result, _confirm(data, day_first), kept=True)


def _sheet(form: ConfirmForm) -> bytes:
    try:
        return base64.b64decode(form.sheet.data or "", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _failed(data: bytes, day_first: bool) -> ResponseReturnValue:
    """What needs fixing as a file of its own: row, column and mend."""
    result = _imported(data, day_first=day_first, dry_run=True)
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(["row", "column", "what to do"])
    writer.writerows([f.row, harmless(f.column), harmless(f.sentence)] for f in result.faults)
    return _file(sheet.getvalue(), "rows-to-fix.csv")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r\n＝＋－＠" and cell else cell


def template() -> Response:
    """The columns and one example row."""
    return _file(csv_template(local(g.clinic.hours.zone, g.now).date()), "treatments.csv")


def _file(text: str, name: str) -> Response:
    # The mark tells Excel that this is UTF-8.
    return Response(
        b"\xef\xbb\xbf" + text.encode(),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )
