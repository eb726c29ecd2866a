package intel

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// change is what writing a batch did.
type change struct {
	added, changed, withdrawn int64
	// withdrew counts records that were in force and are no more.
	withdrew int64
	// toMatch is every advisories.id whose record, group or group's severity changed.
	toMatch []int64
}

// stored is what is known of a record before it is written again.
type stored struct {
	AdvisoryID string
	ID         int64
	Hash       []byte
	Modified   *time.Time
	InForce    bool
}

// writeAdvisories stores the rows that are new or have another content, with what hangs on them.
func (s *Store) writeAdvisories(ctx context.Context, tx pgx.Tx, feed string, rows []row) (change, error) {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", writerLock); err != nil {
		return change{}, fmt.Errorf("wait for other writers of advisories: %w", err)
	}
	known, err := readStored(ctx, tx, feed, rows)
	if err != nil {
		return change{}, err
	}
	var (
		done     change
		fresh    []row
		existing []int64 // rows written before, whose parts are replaced
		bumped   []int64
		bumpedTo []time.Time
	)
	for _, r := range rows {
		old, ok := known[r.ID]
		switch {
		case !ok:
			done.added++
		case old.Modified != nil && !r.Modified.IsZero() && r.Modified.Before(*old.Modified):
			continue // an older copy than the one held
		case bytes.Equal(old.Hash, r.hash):
			if !r.Modified.IsZero() && (old.Modified == nil || r.Modified.After(*old.Modified)) {
				bumped, bumpedTo = append(bumped, old.ID), append(bumpedTo, r.Modified)
			}
			continue
		default:
			done.changed++
			existing = append(existing, old.ID)
		}
		if !r.Withdrawn.IsZero() {
			done.withdrawn++
			if ok && old.InForce {
				done.withdrew++
			}
		}
		fresh = append(fresh, r)
	}
	if err := bumpModified(ctx, tx, bumped, bumpedTo); err != nil {
		return change{}, err
	}
	if len(fresh) == 0 {
		return done, nil
	}
	ids, err := s.upsertAdvisories(ctx, tx, fresh)
	if err != nil {
		return change{}, err
	}
	dropped, err := replaceParts(ctx, tx, fresh, ids, existing)
	if err != nil {
		return change{}, err
	}
	changed := make([]int64, 0, len(ids))
	for _, id := range ids {
		changed = append(changed, id)
	}
	slices.Sort(changed)
	done.toMatch, err = s.regroup(ctx, tx, changed, dropped)
	return done, err
}

func readStored(ctx context.Context, tx pgx.Tx, feed string, rows []row) (map[string]stored, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	found, err := tx.Query(ctx, `
		select advisory_id, id, content_hash, modified, withdrawn is null
		from advisories
		where feed = @feed and advisory_id = any(@ids)`,
		pgx.NamedArgs{"feed": feed, "ids": ids})
	if err != nil {
		return nil, fmt.Errorf("look up stored advisories: %w", err)
	}
	list, err := pgx.CollectRows(found, pgx.RowToStructByPos[stored])
	if err != nil {
		return nil, fmt.Errorf("read stored advisories: %w", err)
	}
	known := make(map[string]stored, len(list))
	for _, k := range list {
		known[k.AdvisoryID] = k
	}
	return known, nil
}

// bumpModified notes that a feed touched records without changing them; nothing is matched again for it.
func bumpModified(ctx context.Context, tx pgx.Tx, ids []int64, to []time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		update advisories a set modified = b.modified
		from unnest(@ids::bigint[], @times::timestamptz[]) as b (id, modified)
		where a.id = b.id`,
		pgx.NamedArgs{"ids": ids, "times": to})
	if err != nil {
		return fmt.Errorf("note new modification times: %w", err)
	}
	return nil
}

// upsertAdvisories writes the rows and returns advisories.id by record id.
func (s *Store) upsertAdvisories(ctx context.Context, tx pgx.Tx, rows []row) (map[string]int64, error) {
	_, err := tx.Exec(ctx, `
		create temporary table incoming_advisories (
			feed text, advisory_id text, source text, kind text,
			published timestamptz, modified timestamptz, withdrawn timestamptz, content_hash bytea,
			summary text, details text, severities jsonb, severity_label text, reference_urls jsonb, cwes text[],
			aliases text[], upstream text[], related text[], url text, status text, tags text[]
		) on commit drop`)
	if err != nil {
		return nil, fmt.Errorf("make room for incoming advisories: %w", err)
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"incoming_advisories"}, []string{"feed", "advisory_id", "source", "kind",
		"published", "modified", "withdrawn", "content_hash", "summary", "details", "severities", "severity_label",
		"reference_urls", "cwes", "aliases", "upstream", "related", "url", "status", "tags"},
		pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			r := &rows[i]
			return []any{r.Feed, r.ID, r.Source, string(r.Kind), nullTime(r.Published), nullTime(r.Modified),
				nullTime(r.Withdrawn), r.hash, r.Summary, r.Details, r.severities, r.SeverityLabel, r.references,
				orEmpty(r.CWEs), orEmpty(r.Aliases), orEmpty(r.Upstream), orEmpty(r.Related), r.URL, r.Status,
				orEmpty(r.Tags)}, nil
		}))
	if err != nil {
		return nil, fmt.Errorf("copy incoming advisories: %w", err)
	}
	written, err := tx.Query(ctx, `
		insert into advisories (feed, advisory_id, source, kind, published, modified, withdrawn, content_hash, summary,
			details, severities, severity_label, reference_urls, cwes, aliases, upstream, related, url, status, tags,
			first_seen, changed_at)
		select feed, advisory_id, source, kind, published, modified, withdrawn, content_hash, summary,
			details, severities, severity_label, reference_urls, cwes, aliases, upstream, related, url, status, tags,
			@now, @now
		from incoming_advisories
		on conflict (feed, advisory_id) do update set
			source = excluded.source, kind = excluded.kind, published = excluded.published, modified = excluded.modified,
			withdrawn = excluded.withdrawn, content_hash = excluded.content_hash, summary = excluded.summary,
			details = excluded.details, severities = excluded.severities, severity_label = excluded.severity_label,
			reference_urls = excluded.reference_urls, cwes = excluded.cwes, aliases = excluded.aliases,
			upstream = excluded.upstream, related = excluded.related, url = excluded.url,
			status = excluded.status, tags = excluded.tags, changed_at = excluded.changed_at
		returning advisory_id, id`,
		pgx.NamedArgs{"now": s.now()})
	if err != nil {
		return nil, fmt.Errorf("write advisories: %w", err)
	}
	ids := make(map[string]int64, len(rows))
	var name string
	var id int64
	_, err = pgx.ForEachRow(written, []any{&name, &id}, func() error {
		ids[name] = id
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("write advisories: %w", err)
	}
	return ids, nil
}

// replaceParts writes alias and package rows anew. It returns the identifiers that existing records asserted before:
// the groups that they may have left.
func replaceParts(ctx context.Context, tx pgx.Tx, rows []row, ids map[string]int64, existing []int64) ([]string, error) {
	var dropped []string
	if len(existing) > 0 {
		old, err := tx.Query(ctx, `delete from advisory_aliases where advisory_id = any($1) returning alias`, existing)
		if err != nil {
			return nil, fmt.Errorf("take back aliases: %w", err)
		}
		if dropped, err = pgx.CollectRows(old, pgx.RowTo[string]); err != nil {
			return nil, fmt.Errorf("take back aliases: %w", err)
		}
		if _, err := tx.Exec(ctx, `delete from affected_packages where advisory_id = any($1)`, existing); err != nil {
			return nil, fmt.Errorf("take back affected packages: %w", err)
		}
		if _, err := tx.Exec(ctx, `delete from affected_cpes where advisory_id = any($1)`, existing); err != nil {
			return nil, fmt.Errorf("take back affected CPEs: %w", err)
		}
	}
	var aliases, packages [][]any
	for _, r := range rows {
		id := ids[r.ID]
		aliases = append(aliases, []any{id, r.ID})
		for _, alias := range r.Aliases {
			aliases = append(aliases, []any{id, alias})
		}
		for _, a := range r.Affected {
			ranges, err := json.Marshal(orEmpty(a.Ranges))
			if err != nil {
				return nil, fmt.Errorf("encode the ranges of %s: %w", r.ID, err)
			}
			extra, err := json.Marshal(affectedExtra{LastKnownAffected: a.LastKnownAffected, GitOnly: a.GitOnly})
			if err != nil {
				return nil, fmt.Errorf("encode the extras of %s: %w", r.ID, err)
			}
			packages = append(packages, []any{id, a.Ordinal, a.Package.Ecosystem, a.Package.Release, a.Package.Name, a.Name,
				ranges, orEmpty(a.Versions), extra})
		}
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"advisory_aliases"}, []string{"advisory_id", "alias"},
		pgx.CopyFromRows(aliases)); err != nil {
		return nil, fmt.Errorf("copy aliases: %w", err)
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"affected_packages"}, []string{"advisory_id", "ordinal", "ecosystem",
		"ecosystem_release", "match_name", "name", "ranges", "versions", "extra"}, pgx.CopyFromRows(packages)); err != nil {
		return nil, fmt.Errorf("copy affected packages: %w", err)
	}
	return dropped, copyConfigurations(ctx, tx, rows, ids)
}

// nullTime is how an unknown time is stored.
func nullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
