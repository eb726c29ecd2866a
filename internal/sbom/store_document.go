package sbom

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"
	"github.com/riverqueue/river"

	"github.com/threatwerk/threatwerk/internal/jobs"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/platform/queue"
)

// Upload is an accepted document on its way into the store.
type Upload struct {
	// ReleaseID, or Product and Release names, which are made where they do not exist.
	ReleaseID int64
	Product   string
	Release   string

	Document *Document
	Raw      []byte // zstd
	SHA256   []byte // of the bytes as sent (after transfer decoding)
	Size     int64  // of the same
	FileName string
}

// Receipt says what became of an upload.
type Receipt struct {
	Stored Stored
	Job    *queue.Job // nil: nothing to do
	// Unchanged: the release's current document has the same bytes; no row was written.
	Unchanged bool
}

var errUnchanged = errors.New("unchanged")

func interactive() *river.InsertOpts { return &river.InsertOpts{Queue: jobs.QueueInteractive} }

// StoreDocument stores an upload and its job in one transaction, or nothing. The release row is locked first, so that two
// uploads to one release come one after the other; the same bytes twice are stored once.
func (s *Store) StoreDocument(ctx context.Context, up Upload) (Receipt, error) {
	var id int64
	var queued *queue.Job
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		release, current, err := s.lockRelease(ctx, tx, up)
		if err != nil {
			return err
		}
		var status string
		err = tx.QueryRow(ctx, `select id, status from sboms where release_id = @release and sha256 = @sha`,
			pgx.NamedArgs{"release": release, "sha": up.SHA256}).Scan(&id, &status)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			if id, err = insertDocument(ctx, tx, release, up); err != nil {
				return err
			}
			if err = insertComponents(ctx, tx, id, up.Document); err != nil {
				return err
			}
		case err != nil:
			return err
		case current == id && status != "failed": // one that failed is tried again
			return errUnchanged // rolls back the locks; nothing was written
		}
		_, err = tx.Exec(ctx, `update releases set current_sbom_id = @id, updated_at = now() where id = @release`,
			pgx.NamedArgs{"id": id, "release": release})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update sboms set status = 'stored', status_message = '', progress_done = 0 where id = @id and status <> 'stored'`,
			pgx.NamedArgs{"id": id})
		if err != nil {
			return err
		}
		inserted, err := s.jobs.InsertTx(ctx, tx, jobs.MatchSBOM{SBOMID: id}, interactive())
		if err != nil {
			return err
		}
		job := queue.Inserted(inserted.Job)
		queued = &job
		return recordUpload(ctx, tx, id, up)
	})
	unchanged := errors.Is(err, errUnchanged)
	if err != nil && !unchanged {
		return Receipt{}, fmt.Errorf("store SBOM: %w", err)
	}
	stored, err := s.StoredDocument(ctx, id)
	return Receipt{Stored: stored, Job: queued, Unchanged: unchanged}, err
}

// recordUpload says which document became a release's current one.
func recordUpload(ctx context.Context, tx pgx.Tx, id int64, up Upload) error {
	var product int64
	var name string
	err := tx.QueryRow(ctx, `
		select p.id, p.name || ' ' || r.version from sboms d join releases r on r.id = d.release_id join products p on p.id = r.product_id
		where d.id = @id`, pgx.NamedArgs{"id": id}).Scan(&product, &name)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, audit.Event{
		Action: "sbom.upload", Subject: "sbom", ID: strconv.FormatInt(id, 10), Name: name, Product: product,
		After: map[string]any{"sha256": hex.EncodeToString(up.SHA256), "size_bytes": up.Size, "file_name": up.FileName},
	})
}

// lockRelease finds or makes the release and locks it; current is 0 when it has no document.
func (s *Store) lockRelease(ctx context.Context, tx pgx.Tx, up Upload) (release, current int64, err error) {
	if up.ReleaseID == 0 {
		if up.ReleaseID, err = ensureRelease(ctx, tx, up.Product, up.Release); err != nil {
			return 0, 0, err
		}
	}
	err = tx.QueryRow(ctx, `select id, coalesce(current_sbom_id, 0) from releases where id = @id for update`,
		pgx.NamedArgs{"id": up.ReleaseID}).Scan(&release, &current)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, 0, noRelease(up.ReleaseID)
	}
	return release, current, err
}

// ensureRelease makes product and release where they do not exist. Names are found first, so that a known pair writes nothing.
func ensureRelease(ctx context.Context, tx pgx.Tx, product, release string) (int64, error) {
	product, release = strings.TrimSpace(product), strings.TrimSpace(release)
	if err := (ProductInput{Name: &product}).check(); err != nil {
		return 0, err
	}
	if err := (ReleaseInput{Version: &release}).check(); err != nil {
		return 0, err
	}
	names := pgx.NamedArgs{"product": product, "release": release}
	for range 2 {
		var id int64
		var productID int64
		err := tx.QueryRow(ctx, `
			select p.id, coalesce(r.id, 0) from products p left join releases r on r.product_id = p.id and r.version = @release
			where p.name_key = lower(@product)`, names).Scan(&productID, &id)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return 0, err
		}
		// Whether the product is there and not theirs, or not there and not theirs to make, is told alike.
		if productID != 0 && !access.Act(ctx).Has(productID) || productID == 0 && !access.MayCreate(ctx) {
			return 0, problem.New(problem.Forbidden, "You may not upload to a product named %q: ask an admin, or its team.", product)
		}
		if id != 0 {
			return id, nil
		}
		if _, err = tx.Exec(ctx, `insert into products (name) values (@product) on conflict (name_key) do nothing`, names); err != nil {
			return 0, err
		}
		_, err = tx.Exec(ctx, `
			insert into releases (product_id, version)
			select p.id, @release from products p where p.name_key = lower(@product)
			on conflict (product_id, version) do nothing`, names)
		if err != nil {
			return 0, err
		}
	}
	return 0, problem.New(problem.Unavailable, "the release %q of %q is being changed by someone else; try again", release, product)
}

func insertDocument(ctx context.Context, tx pgx.Tx, release int64, up Upload) (id int64, err error) {
	d := up.Document
	distinct := map[[16]byte]struct{}{}
	for i := range d.Components {
		distinct[d.Components[i].Identity.Key] = struct{}{}
	}
	warnings := d.Warnings
	if warnings == nil {
		warnings = []problem.Fault{}
	}
	tools := d.Tools
	if tools == nil {
		tools = []string{}
	}
	err = tx.QueryRow(ctx, `
		insert into sboms (release_id, format, spec_version, encoding, sha256, size_bytes, document, file_name, serial_number,
		                   subject_name, subject_version, tools, document_created_at, progress_total, component_count,
		                   occurrence_count, edge_count, warnings, warning_count)
		values (@release, @format, @spec, @encoding, @sha, @size, @document, @file, @serial, @subject, @subject_version,
		        @tools, @created, @components, @components, @occurrences, @edges, @warnings, @warning_count)
		returning id`, pgx.NamedArgs{
		"release": release, "format": d.Format, "spec": d.SpecVersion, "encoding": d.Encoding, "sha": up.SHA256,
		"size": up.Size, "document": up.Raw, "file": storable(up.FileName), "serial": storable(d.SerialNumber),
		"subject": storable(d.SubjectName), "subject_version": storable(d.SubjectVersion), "tools": tools,
		"created": zeroAsNil(d.Created), "components": len(distinct), "occurrences": len(d.Components),
		"edges": len(d.Edges), "warnings": warnings, "warning_count": d.WarningCount,
	}).Scan(&id)
	return id, err
}

// storable drops the one character that PostgreSQL's text cannot hold.
func storable(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// OpenDocument streams the original bytes of a document.
func (s *Store) OpenDocument(ctx context.Context, id int64) (Stored, io.ReadCloser, error) {
	stored, err := s.StoredDocument(ctx, id)
	if err != nil {
		return Stored{}, nil, err
	}
	var raw []byte
	if err := s.db.QueryRow(ctx, `select document from sboms where id = @id`, pgx.NamedArgs{"id": id}).Scan(&raw); err != nil {
		return Stored{}, nil, fmt.Errorf("read document %d: %w", id, err)
	}
	decoder, err := zstd.NewReader(bytes.NewReader(raw), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return Stored{}, nil, fmt.Errorf("open document %d: %w", id, err)
	}
	return stored, decoder.IOReadCloser(), nil
}
