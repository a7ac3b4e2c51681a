"""The tables, and every change to them since the first release.

A released migration is never edited and imports nothing of ours: it must do tomorrow what it does today.
The names stand in `app/storage/database.py` as well.
"""

from __future__ import annotations

from app.storage.tables import sqlite_utils

MIGRATIONS = sqlite_utils.Migrations("survey")


@MIGRATIONS()
def m001_first_tables(db: sqlite_utils.Database) -> None:
    """Operations and what is read from them."""
    for statement in (
        # one operation log per replica
        """CREATE TABLE replica (
            num INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            role TEXT NOT NULL,            -- own, former (own, left after a fork), other
            last_n INTEGER NOT NULL DEFAULT 0,
            last_hash BLOB,
            acked INTEGER NOT NULL DEFAULT 0,
            durable INTEGER NOT NULL DEFAULT 0
        ) STRICT""",
        # the numbers by which a replica's own log speaks of other replicas
        """CREATE TABLE replica_ref (
            replica INTEGER NOT NULL REFERENCES replica(num),
            i INTEGER NOT NULL,
            id TEXT NOT NULL,
            PRIMARY KEY (replica, i)
        ) STRICT, WITHOUT ROWID""",
        # `arrival` counts operations in the order they came here: what a person has seen, and what not
        """CREATE TABLE op (
            arrival INTEGER PRIMARY KEY AUTOINCREMENT,
            replica INTEGER NOT NULL REFERENCES replica(num),
            n INTEGER NOT NULL,
            kind TEXT NOT NULL,
            rec TEXT,
            hash BLOB,                     -- NULL for operations of others that came without their chain
            prev BLOB,
            body BLOB NOT NULL,            -- the line, byte for byte
            state TEXT NOT NULL,           -- local, acked, durable; others' operations: feed
            UNIQUE (replica, n)
        ) STRICT""",
        "CREATE INDEX op_rec ON op(rec) WHERE rec IS NOT NULL",
        "CREATE INDEX op_unsent ON op(replica, n) WHERE state = 'local'",
        "CREATE INDEX op_who ON op(replica, n) WHERE kind = 'who'",
        "CREATE VIEW outbox AS SELECT replica, n, kind, rec, hash, prev, body FROM op WHERE state = 'local'",
        """CREATE TABLE head (
            rec TEXT NOT NULL,
            path TEXT NOT NULL,
            replica INTEGER NOT NULL REFERENCES replica(num),
            n INTEGER NOT NULL,
            value TEXT NOT NULL,           -- canonical JSON
            shown INTEGER NOT NULL,
            PRIMARY KEY (rec, path, replica, n)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE rec (
            id TEXT PRIMARY KEY,
            form TEXT NOT NULL,            -- digest of the version it was last written in
            form_id TEXT NOT NULL,         -- '' while that form is not here
            title TEXT NOT NULL,
            columns TEXT NOT NULL,         -- JSON {question path: shown text} of the list columns
            words TEXT NOT NULL,           -- what a search looks through
            life TEXT NOT NULL,            -- alive, deleted
            state TEXT NOT NULL,           -- draft, final
            conflicts INTEGER NOT NULL,
            parallel INTEGER NOT NULL,
            problems INTEGER NOT NULL,     -- answers that break a rule of the form
            photos INTEGER NOT NULL,
            sample INTEGER NOT NULL,       -- the answers are invented
            created TEXT NOT NULL,         -- claimed time of the first and the latest operation
            updated TEXT NOT NULL,
            arrival INTEGER NOT NULL       -- the latest operation known here
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX rec_list ON rec(life, arrival DESC)",
        """CREATE TABLE conflict (
            rec TEXT NOT NULL,
            path TEXT NOT NULL,
            kind TEXT NOT NULL,
            PRIMARY KEY (rec, path)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE draft (
            rec TEXT NOT NULL,
            path TEXT NOT NULL,
            value TEXT NOT NULL,
            seen INTEGER NOT NULL,         -- the last arrival the person had seen when typing
            kept TEXT NOT NULL,
            PRIMARY KEY (rec, path)
        ) STRICT, WITHOUT ROWID""",
        # records begun and not yet saved once; `touched`: a person has answered something
        """CREATE TABLE begun (
            rec TEXT PRIMARY KEY,
            form TEXT NOT NULL,
            started TEXT NOT NULL,
            touched INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE blob (
            digest TEXT PRIMARY KEY,
            size INTEGER NOT NULL,
            mime TEXT NOT NULL,
            here INTEGER NOT NULL,         -- the bytes lie in this workspace
            state TEXT NOT NULL,           -- local, sent, wanted, damaged
            offset INTEGER NOT NULL DEFAULT 0,   -- how much of it the server is known to hold
            lane TEXT NOT NULL             -- preview, original
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX blob_state ON blob(state, lane)",
        # every operation counts, superseded ones too: what a log names stays and is sent
        """CREATE TABLE blob_ref (
            rec TEXT NOT NULL,
            digest TEXT NOT NULL,
            PRIMARY KEY (rec, digest)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX blob_ref_digest ON blob_ref(digest)",
        """CREATE TABLE feed (
            project TEXT PRIMARY KEY,
            epoch TEXT NOT NULL,
            cursor TEXT NOT NULL,
            sum TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE form (
            digest TEXT PRIMARY KEY,
            form_id TEXT NOT NULL,
            version TEXT NOT NULL,
            xml BLOB NOT NULL,
            installed TEXT NOT NULL,
            arrival INTEGER NOT NULL       -- order of installation: the newest version of a form_id is shown
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE form_media (
            form TEXT NOT NULL REFERENCES form(digest),
            name TEXT NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (form, name)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE quarantine (
            replica TEXT NOT NULL,
            n INTEGER NOT NULL,
            reason TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (replica, n)
        ) STRICT, WITHOUT ROWID""",
        "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ):
        db.execute(statement)


@MIGRATIONS()
def m002_links(db: sqlite_utils.Database) -> None:
    """By which answers records are found, and which records are to be read anew."""
    for statement in (
        # a reference, a division or a unique answer in force; one row for each of several choices
        """CREATE TABLE link (
            form_id TEXT NOT NULL,
            path TEXT NOT NULL,            -- of the question, without rows
            target TEXT NOT NULL,          -- a record id, a division code, the text of a unique answer
            rec TEXT NOT NULL,
            PRIMARY KEY (form_id, path, target, rec)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX link_target ON link(target)",
        "CREATE INDEX link_rec ON link(rec, path)",
        # records that answers name which are not in force: when such a record changes, they may be
        """CREATE TABLE mention (
            target TEXT NOT NULL,
            rec TEXT NOT NULL,
            PRIMARY KEY (target, rec)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX mention_rec ON mention(rec)",
        """CREATE TABLE stale (
            rec TEXT PRIMARY KEY,
            round INTEGER NOT NULL         -- how many changes of other records led to this
        ) STRICT, WITHOUT ROWID""",
    ):
        db.execute(statement)


@MIGRATIONS()
def m004_search(db: sqlite_utils.Database) -> None:
    """What lists are sorted by, what searches look through, and how long a record has been in the bin.

    Records that were there are listed at once, their titles unspelled; they are found when read anew.
    """
    for statement in (
        "CREATE UNIQUE INDEX rec_arrival ON rec(arrival)",
        "CREATE INDEX op_rec_unsent ON op(rec) WHERE state = 'local' AND rec IS NOT NULL",
        # `num` is rec.arrival; flags: 1 final, 2 in conflict, 4 problems, 8 deleted
        """CREATE TABLE sorting (
            num INTEGER NOT NULL,
            field TEXT NOT NULL,           -- @title, @updated, … or the path of a list column
            key TEXT NOT NULL,             -- its order is that of the shown values
            form_id TEXT NOT NULL,
            flags INTEGER NOT NULL,
            PRIMARY KEY (num, field)
        ) STRICT, WITHOUT ROWID""",
        # all that a list asks, so that the deepest page is a walk along this index alone
        "CREATE INDEX sorting_order ON sorting(field, key, num, form_id, flags)",
        # rowid is rec.arrival; columns hold tokens of our own making (app/storage/search_tokens.py)
        """CREATE VIRTUAL TABLE search USING fts5(
            words, signs, letters, marks,
            content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2'
        )""",
        """CREATE TABLE bin (
            rec TEXT PRIMARY KEY,
            arrival INTEGER NOT NULL,      -- the operation it was last seen with; another one starts anew
            days INTEGER NOT NULL,         -- on how many days the program has seen it in the bin
            day TEXT NOT NULL              -- the last of them, by the clock of that day
        ) STRICT, WITHOUT ROWID""",
        *(
            f"INSERT INTO sorting SELECT arrival, '{field}', {key}, form_id, (state = 'final') "  # noqa: S608
            "| 2 * (conflicts > 0) | 4 * (problems > 0) | 8 * (life != 'alive') FROM rec"
            for field, key in (
                ("@changed", "''"),
                ("@title", "title"),
                ("@form", "form_id"),
                ("@photos", "printf('%05d', photos)"),
                ("@state", "CASE WHEN conflicts > 0 THEN '2' WHEN state = 'final' THEN '1' ELSE '0' END"),
                ("@updated", "updated"),
            )
        ),
        "ALTER TABLE rec DROP COLUMN words",
    ):
        db.execute(statement)


INSIDE_AS_LINKED = """INSERT INTO inside
    WITH RECURSIVE named(rec, target, steps) AS (
        SELECT rec, target, 0 FROM link UNION
        SELECT named.rec, link.target, steps + 1 FROM named JOIN link ON link.rec = named.target
        WHERE steps < 3
    )
    SELECT DISTINCT target, arrival, form_id, (state = 'final') | 2 * (conflicts > 0)
        | 4 * (problems > 0) | 8 * (life != 'alive'), problems, photos
    FROM named JOIN rec ON rec.id = named.rec
    WHERE length(target) = 12 AND target NOT GLOB '*[^0-9]*' AND target NOT LIKE '%000'"""
"""What m006 makes of the links that are there."""


@MIGRATIONS()
def m006_villages(db: sqlite_utils.Database) -> None:
    """Which records lie in which village, what is unfinished, and what was returned, at once for any number.

    A record lies in the villages that it, or what it refers to in up to three steps, names.
    """
    for statement in (
        # num is rec.arrival, flags as in `sorting`
        """CREATE TABLE inside (
            village TEXT NOT NULL,         -- a division code of 12 digits
            num INTEGER NOT NULL,
            form_id TEXT NOT NULL,
            flags INTEGER NOT NULL,
            problems INTEGER NOT NULL,
            photos INTEGER NOT NULL,
            PRIMARY KEY (village, num)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX inside_num ON inside(num)",
        INSIDE_AS_LINKED,
        """CREATE INDEX rec_unfinished ON rec(form_id, problems)
            WHERE life = 'alive' AND state = 'draft'""",
        "CREATE INDEX head_returned ON head(rec) WHERE path = '/@returned' AND value != 'null'",
    ):
        db.execute(statement)


@MIGRATIONS()
def m007_standing(db: sqlite_utils.Database) -> None:
    """What waits for the server, counted as it changes: asked after every save, of however much there is."""
    unsent = "EXISTS (SELECT 1 FROM op WHERE op.rec = {}.id AND op.state = 'local')"
    named = "EXISTS (SELECT 1 FROM blob_ref WHERE blob_ref.digest = {}.digest)"
    count = (
        "INSERT INTO photo_count VALUES ({0}.lane, {0}.state, {0}.here, {0}.offset > 0, {1}, {2}) "
        "ON CONFLICT DO UPDATE SET photos = photos + excluded.photos"
    )
    moved = (
        "INSERT INTO photo_count SELECT lane, state, here, offset > 0, {1}, {2} FROM blob "
        "WHERE digest = {0}.digest ON CONFLICT DO UPDATE SET photos = photos + excluded.photos"
    )
    other_names = "EXISTS (SELECT 1 FROM blob_ref WHERE digest = {0}.digest AND rec != {0}.rec)"
    for statement in (
        # rec.arrival of every record with an own operation that the server has not acknowledged
        "CREATE TABLE waiting (num INTEGER PRIMARY KEY) STRICT",
        f"INSERT INTO waiting SELECT arrival FROM rec WHERE {unsent.format('rec')}",  # noqa: S608  from here
        f"""CREATE TRIGGER waiting_new AFTER INSERT ON rec WHEN {unsent.format("NEW")}
            BEGIN INSERT OR IGNORE INTO waiting VALUES (NEW.arrival); END""",  # noqa: S608  as above
        f"""CREATE TRIGGER waiting_again AFTER UPDATE ON rec BEGIN
            DELETE FROM waiting WHERE num = OLD.arrival;
            INSERT OR IGNORE INTO waiting SELECT NEW.arrival WHERE {unsent.format("NEW")};
            END""",  # noqa: S608  as above
        """CREATE TRIGGER waiting_gone AFTER DELETE ON rec
            BEGIN DELETE FROM waiting WHERE num = OLD.arrival; END""",
        f"""CREATE TRIGGER waiting_sent AFTER UPDATE OF state ON op
            WHEN NEW.rec IS NOT NULL AND (OLD.state = 'local') != (NEW.state = 'local') BEGIN
            DELETE FROM waiting WHERE num = (SELECT arrival FROM rec WHERE id = NEW.rec);
            INSERT OR IGNORE INTO waiting
                SELECT arrival FROM rec WHERE id = NEW.rec AND {unsent.format("rec")};
            END""",  # noqa: S608  as above
        # how many blobs there are of each kind; begun: the server holds a part; named: an operation names it
        """CREATE TABLE photo_count (
            lane TEXT NOT NULL,
            state TEXT NOT NULL,
            here INTEGER NOT NULL,
            begun INTEGER NOT NULL,
            named INTEGER NOT NULL,
            photos INTEGER NOT NULL,
            PRIMARY KEY (lane, state, here, begun, named)
        ) STRICT, WITHOUT ROWID""",
        f"""INSERT INTO photo_count SELECT lane, state, here, offset > 0, {named.format("blob")}, count(*)
            FROM blob GROUP BY 1, 2, 3, 4, 5""",  # noqa: S608  as above
        f"""CREATE TRIGGER photo_new AFTER INSERT ON blob
            BEGIN {count.format("NEW", named.format("NEW"), 1)}; END""",
        f"""CREATE TRIGGER photo_moved AFTER UPDATE ON blob BEGIN
            {count.format("OLD", named.format("OLD"), -1)};
            {count.format("NEW", named.format("NEW"), 1)};
            END""",
        f"""CREATE TRIGGER photo_gone AFTER DELETE ON blob
            BEGIN {count.format("OLD", named.format("OLD"), -1)}; END""",
        f"""CREATE TRIGGER photo_named AFTER INSERT ON blob_ref WHEN NOT {other_names.format("NEW")} BEGIN
            {moved.format("NEW", 0, -1)};
            {moved.format("NEW", 1, 1)};
            END""",
        f"""CREATE TRIGGER photo_unnamed AFTER DELETE ON blob_ref WHEN NOT {other_names.format("OLD")} BEGIN
            {moved.format("OLD", 1, -1)};
            {moved.format("OLD", 0, 1)};
            END""",
    ):
        db.execute(statement)


@MIGRATIONS()
def m008_openrosa(db: sqlite_utils.Database) -> None:
    """OpenRosa servers, which form versions came from each, and what was sent to it."""
    for statement in (
        # a forgotten one stays, so that what it holds is known when it is added again
        """CREATE TABLE openrosa_server (
            num INTEGER PRIMARY KEY,
            identity TEXT NOT NULL UNIQUE, -- host and path, no token; the way in is a secret in kv
            forgotten INTEGER NOT NULL,
            added TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE openrosa_form (
            server INTEGER NOT NULL REFERENCES openrosa_server(num),
            form TEXT NOT NULL,            -- digest of the version
            form_id TEXT NOT NULL,
            media TEXT NOT NULL,           -- JSON {file name: hash as the server gave it}
            turn INTEGER NOT NULL,         -- the one noted last of a version is what the server gives
            PRIMARY KEY (server, form)
        ) STRICT, WITHOUT ROWID""",
        # files fetched for forms that are not installed yet: what was cut goes on with the missing ones
        """CREATE TABLE openrosa_fetched (
            key TEXT PRIMARY KEY,          -- hash as the server gave it, and the file's name
            fetched TEXT NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE openrosa_sent (
            num INTEGER PRIMARY KEY,
            server INTEGER NOT NULL REFERENCES openrosa_server(num),
            rec TEXT NOT NULL,
            instance TEXT NOT NULL,        -- instanceID
            deprecated TEXT NOT NULL,      -- the instanceID it replaces, '' for none
            form TEXT NOT NULL,
            arrival INTEGER NOT NULL,      -- rec.arrival when the XML was made
            content TEXT NOT NULL,         -- hash of the answers, whatever the instanceID
            xml BLOB NOT NULL,             -- empty once all of it is there
            state TEXT NOT NULL,           -- begun, sent, refused
            held INTEGER NOT NULL,         -- XML under this instanceID: 0 is not there, 1 may be, 2 is
            error TEXT NOT NULL,           -- JSON [code, values] of the refusal, '' for none
            at TEXT NOT NULL,
            UNIQUE (server, instance)
        ) STRICT""",
        "CREATE INDEX openrosa_sent_rec ON openrosa_sent(server, rec, num)",
        """CREATE TABLE openrosa_sent_file (
            sent INTEGER NOT NULL REFERENCES openrosa_sent(num),
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            size INTEGER NOT NULL,
            mime TEXT NOT NULL,
            there INTEGER NOT NULL,        -- the server has said that it holds it
            PRIMARY KEY (sent, name)
        ) STRICT, WITHOUT ROWID""",
        """CREATE INDEX rec_final ON rec(form, arrival, conflicts)
            WHERE life = 'alive' AND state = 'final' AND sample = 0""",
    ):
        db.execute(statement)


@MIGRATIONS()
def m009_sendings(db: sqlite_utils.Database) -> None:
    """What was sent to OpenRosa servers stands in the log; found there by record, and by instance."""
    for statement in (
        # how much of it the log tells: 0 nothing, 1 that it may be there, 2 that its XML is, 3 that all is
        "ALTER TABLE openrosa_sent ADD COLUMN told INTEGER NOT NULL DEFAULT 0",
        """CREATE INDEX openrosa_sent_untold ON openrosa_sent(num)
            WHERE told < CASE state WHEN 'sent' THEN 3 ELSE held END""",
        # a line that is no JSON has no place in it and stops nothing
        """CREATE INDEX op_sent ON op(iif(json_valid(CAST(body AS TEXT)),
            json_extract(CAST(body AS TEXT), '$.sent.record'), NULL)) WHERE kind = 'sent'""",
        """CREATE INDEX op_sent_instance ON op(iif(json_valid(CAST(body AS TEXT)),
            json_extract(CAST(body AS TEXT), '$.sent.instance'), NULL)) WHERE kind = 'sent'""",
    ):
        db.execute(statement)
