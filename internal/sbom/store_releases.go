package sbom

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/jobs"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ReleaseInput is what people may set of a release; nil leaves a field as it is.
type ReleaseInput struct {
	Version *string
	Active  *bool
}

func (in ReleaseInput) check() error {
	if in.Version == nil {
		return nil
	}
	*in.Version = strings.TrimSpace(*in.Version)
	if *in.Version == "" || len(*in.Version) > 200 {
		return problem.New(problem.Invalid, "the release cannot be saved like this").
			With(problem.Fault{Path: "body.version", Code: "length", Message: "give the release a version of 1 to 200 characters"})
	}
	return nil
}

// CreateRelease adds a release to a product.
func (s *Store) CreateRelease(ctx context.Context, productID int64, version string) (Release, error) {
	if err := (ReleaseInput{Version: &version}).check(); err != nil {
		return Release{}, err
	}
	var made Release
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, `
			insert into releases (product_id, version)
			select p.id, @version from products p where p.id = @product
			returning id`, pgx.NamedArgs{"product": productID, "version": version}).Scan(&id)
		if err != nil {
			return err
		}
		if made, err = (&Store{db: tx}).Release(ctx, id); err != nil {
			return err
		}
		return recordRelease(ctx, tx, "release.create", made, nil, releaseFields(made))
	})
	switch {
	case isUnique(err):
		return Release{}, releaseExists(version)
	case errors.Is(err, pgx.ErrNoRows):
		return Release{}, noProduct(productID)
	case err != nil:
		return Release{}, fmt.Errorf("create release: %w", err)
	}
	return made, nil
}

// releaseFields are what the record shows of a release.
func releaseFields(r Release) map[string]any {
	return map[string]any{"version": r.Version, "active": r.Active}
}

func recordRelease(ctx context.Context, tx pgx.Tx, action string, r Release, before, after any) error {
	return audit.Write(ctx, tx, audit.Event{
		Action: action, Subject: "release", ID: strconv.FormatInt(r.ID, 10), Name: r.ProductName + " " + r.Version, Product: r.ProductID,
		Before: before, After: after,
	})
}

// UpdateRelease changes what is set. A release that becomes active or inactive has its findings brought in line by a job.
func (s *Store) UpdateRelease(ctx context.Context, id int64, in ReleaseInput) (Release, error) {
	if err := in.check(); err != nil {
		return Release{}, err
	}
	var after Release
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		before, err := lockedRelease(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update releases set version = coalesce(@version, version), active = coalesce(@active, active), updated_at = now()
			where id = @id`, pgx.NamedArgs{"id": id, "version": in.Version, "active": in.Active})
		if err != nil {
			return err
		}
		if after, err = (&Store{db: tx}).Release(ctx, id); err != nil {
			return err
		}
		if err := recordRelease(ctx, tx, "release.update", after, releaseFields(before), releaseFields(after)); err != nil {
			return err
		}
		if after.Active == before.Active {
			return nil
		}
		_, err = s.jobs.InsertTx(ctx, tx, jobs.RefreshReleases{ReleaseIDs: []int64{id}}, interactive())
		return err
	})
	if isUnique(err) {
		return Release{}, releaseExists(*in.Version)
	}
	if err != nil {
		return Release{}, fmt.Errorf("update release %d: %w", id, err)
	}
	return after, nil
}

// lockedRelease reads a release that the transaction is about to change.
func lockedRelease(ctx context.Context, tx pgx.Tx, id int64) (Release, error) {
	if _, err := tx.Exec(ctx, `select id from releases where id = @id for update`, pgx.NamedArgs{"id": id}); err != nil {
		return Release{}, err
	}
	return (&Store{db: tx}).Release(ctx, id)
}

// DeleteRelease removes a release with its documents and findings.
func (s *Store) DeleteRelease(ctx context.Context, id int64) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		before, err := lockedRelease(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from releases where id = @id`, pgx.NamedArgs{"id": id}); err != nil {
			return err
		}
		return recordRelease(ctx, tx, "release.delete", before, releaseFields(before), nil)
	})
	if err != nil {
		return fmt.Errorf("delete release %d: %w", id, err)
	}
	return nil
}

// Release reads one release with its current document.
func (s *Store) Release(ctx context.Context, id int64) (Release, error) {
	items, err := s.releases(ctx, `r.id = @id`, pgx.NamedArgs{"id": id, "limit": 1})
	if err != nil {
		return Release{}, fmt.Errorf("read release %d: %w", id, err)
	}
	if len(items) == 0 {
		return Release{}, noRelease(id)
	}
	return items[0], nil
}

// Releases lists a product's releases, newest first.
func (s *Store) Releases(ctx context.Context, productID int64, cursor string, limit int) (Page[Release], error) {
	_, after, err := decodeCursor(cursor)
	if err != nil {
		return Page[Release]{}, err
	}
	if _, err := s.Product(ctx, productID); err != nil {
		return Page[Release]{}, err
	}
	where := `r.product_id = @product`
	if cursor != "" {
		where += ` and r.id < @after`
	}
	items, err := s.releases(ctx, where, pgx.NamedArgs{"product": productID, "after": after, "limit": limit + 1})
	if err != nil {
		return Page[Release]{}, fmt.Errorf("list releases: %w", err)
	}
	page := Page[Release]{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		page.Next = encodeCursor("", page.Items[limit-1].ID)
	}
	return page, nil
}

func (s *Store) releases(ctx context.Context, where string, args pgx.NamedArgs) ([]Release, error) {
	rows, err := s.db.Query(ctx, `
		select r.id, r.product_id, p.name, r.version, r.active, r.created_at, r.current_sbom_id
		from releases r
		join products p on p.id = r.product_id
		where `+where+` and `+access.See(ctx).Where("r.product_id", args)+` order by r.id desc limit @limit`, args)
	if err != nil {
		return nil, err
	}
	var ids []int64
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Release, error) {
		var r Release
		var sbomID *int64
		err := row.Scan(&r.ID, &r.ProductID, &r.ProductName, &r.Version, &r.Active, &r.CreatedAt, &sbomID)
		if sbomID != nil {
			ids = append(ids, *sbomID)
			r.Current = &Stored{ID: *sbomID}
		}
		return r, err
	})
	if err != nil || len(ids) == 0 {
		return items, err
	}
	documents, err := s.documents(ctx, `d.id = any(@ids)`, pgx.NamedArgs{"ids": ids, "limit": len(ids)})
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*Stored, len(documents))
	for i := range documents {
		byID[documents[i].ID] = &documents[i]
	}
	for i := range items {
		if items[i].Current != nil {
			items[i].Current = byID[items[i].Current.ID]
		}
	}
	return items, nil
}

// documents reads documents without their bytes, newest first.
func (s *Store) documents(ctx context.Context, where string, args pgx.NamedArgs) ([]Stored, error) {
	rows, err := s.db.Query(ctx, `
		select d.id, d.release_id, d.format, d.spec_version, d.encoding, d.sha256, d.size_bytes, d.file_name,
		       d.subject_name, d.subject_version, d.tools, d.document_created_at, d.status, d.status_message,
		       d.progress_done, d.progress_total, d.component_count, d.occurrence_count, d.edge_count, d.warnings,
		       d.warning_count, d.uploaded_at, d.matched_at, r.current_sbom_id is not distinct from d.id
		from sboms d join releases r on r.id = d.release_id
		where `+where+` and `+access.See(ctx).Where("r.product_id", args)+` order by d.id desc limit @limit`, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Stored, error) {
		var d Stored
		err := row.Scan(&d.ID, &d.ReleaseID, &d.Format, &d.SpecVersion, &d.Encoding, &d.SHA256, &d.Size, &d.FileName,
			&d.SubjectName, &d.SubjectVersion, &d.Tools, &d.DocumentAt, &d.Status, &d.StatusMessage,
			&d.Done, &d.Total, &d.Components, &d.Occurrences, &d.Edges, &d.Warnings,
			&d.WarningCount, &d.UploadedAt, &d.MatchedAt, &d.Current)
		return d, err
	})
}

// StoredDocument reads one document without its bytes: also the way to follow its progress.
func (s *Store) StoredDocument(ctx context.Context, id int64) (Stored, error) {
	items, err := s.documents(ctx, `d.id = @id`, pgx.NamedArgs{"id": id, "limit": 1})
	if err != nil {
		return Stored{}, fmt.Errorf("read SBOM %d: %w", id, err)
	}
	if len(items) == 0 {
		return Stored{}, problem.New(problem.NotFound, "there is no SBOM %d; it may have been deleted", id)
	}
	return items[0], nil
}

// Documents lists a release's documents, newest first.
func (s *Store) Documents(ctx context.Context, releaseID int64, cursor string, limit int) (Page[Stored], error) {
	_, after, err := decodeCursor(cursor)
	if err != nil {
		return Page[Stored]{}, err
	}
	if _, err := s.Release(ctx, releaseID); err != nil {
		return Page[Stored]{}, err
	}
	where := `d.release_id = @release`
	if cursor != "" {
		where += ` and d.id < @after`
	}
	items, err := s.documents(ctx, where, pgx.NamedArgs{"release": releaseID, "after": after, "limit": limit + 1})
	if err != nil {
		return Page[Stored]{}, fmt.Errorf("list SBOMs of release %d: %w", releaseID, err)
	}
	page := Page[Stored]{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		page.Next = encodeCursor("", page.Items[limit-1].ID)
	}
	return page, nil
}

func noRelease(id int64) error {
	return problem.New(problem.NotFound, "there is no release %d; it may have been deleted", id)
}

func releaseExists(version string) error {
	return problem.New(problem.Conflict, "the product has a release %q already", version).
		With(problem.Fault{Path: "body.version", Code: "exists", Message: "choose another version or use the release that exists"})
}

// zeroAsNil stores an unknown time as null.
func zeroAsNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
