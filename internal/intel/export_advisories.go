package intel

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// exportPage is how many records are read at once, unless they are large: a page is halved when it is beyond
	// exportBytes of text, so that a run of kernel bulletins does not fill the memory.
	exportPage  = 500
	exportBytes = 8 << 20
)

// Advisories yields every record of a feed as it was imported, in byte order of their ids. The first error ends it.
func (e *Export) Advisories(ctx context.Context, feed string) iter.Seq2[Advisory, error] {
	return func(yield func(Advisory, error) bool) {
		// Ids sort by the database's own collation in its index, and databases differ; so the order is settled first, and
		// kept as eight bytes a record.
		rows, err := e.tx.Query(ctx, `select id from advisories where feed = @feed order by advisory_id collate "C"`,
			pgx.NamedArgs{"feed": feed})
		if err != nil {
			yield(Advisory{}, fmt.Errorf("list the records of feed %s: %w", feed, err))
			return
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			yield(Advisory{}, fmt.Errorf("list the records of feed %s: %w", feed, err))
			return
		}
		for size := exportPage; len(ids) > 0; {
			size = min(size, len(ids))
			page, text, err := e.page(ctx, feed, ids[:size])
			if err != nil {
				yield(Advisory{}, fmt.Errorf("read records of feed %s: %w", feed, err))
				return
			}
			for _, a := range page {
				if !yield(a, nil) {
					return
				}
			}
			ids = ids[size:]
			if size = min(2*size, exportPage); text > exportBytes {
				size = max(1, size/4)
			}
		}
	}
}

// page reads these records in this order, and says about how many bytes they are.
func (e *Export) page(ctx context.Context, feed string, ids []int64) ([]Advisory, int, error) {
	p := exportedPage{at: make(map[int64]int, len(ids)), records: make([]Advisory, len(ids))}
	for i, id := range ids {
		p.at[id] = i
		p.records[i].Feed = feed
	}
	args := pgx.NamedArgs{"ids": ids}
	var b pgx.Batch
	b.Queue(`
		select id, advisory_id, source, kind, published, modified, withdrawn, summary, details, severities, severity_label,
			reference_urls, cwes, aliases, upstream, related, url, status, tags
		from advisories
		where id = any(@ids)`, args).Query(p.readAdvisories)
	// The rows of a record were numbered in the order of its list.
	b.Queue(`
		select advisory_id, ordinal, ecosystem, ecosystem_release, match_name, name, ranges, versions, extra
		from affected_packages
		where advisory_id = any(@ids)
		order by id`, args).Query(p.readPackages)
	b.Queue(`
		select advisory_id, configuration
		from affected_cpes
		where advisory_id = any(@ids)
		order by ordinal`, args).Query(p.readConfigurations)
	if err := e.tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, 0, err
	}
	for i := range p.records {
		p.records[i] = canonical(p.records[i])
	}
	return p.records, p.text, nil
}

// exportedPage is filled by three queries.
type exportedPage struct {
	at      map[int64]int // place in records, by advisories.id
	records []Advisory
	text    int
}

func (p *exportedPage) readAdvisories(rows pgx.Rows) error {
	for rows.Next() {
		var (
			id                             int64
			a                              Advisory
			published, modified, withdrawn *time.Time
			severities, references         []byte
		)
		if err := rows.Scan(&id, &a.ID, &a.Source, &a.Kind, &published, &modified, &withdrawn, &a.Summary, &a.Details, &severities,
			&a.SeverityLabel, &references, &a.CWEs, &a.Aliases, &a.Upstream, &a.Related, &a.URL, &a.Status, &a.Tags); err != nil {
			return err
		}
		a.Published, a.Modified, a.Withdrawn = orZero(published), orZero(modified), orZero(withdrawn)
		if err := json.Unmarshal(severities, &a.Severities); err != nil {
			return fmt.Errorf("severities of %s: %w", a.ID, err)
		}
		if err := json.Unmarshal(references, &a.References); err != nil {
			return fmt.Errorf("references of %s: %w", a.ID, err)
		}
		p.text += len(a.Details) + len(references)
		to := &p.records[p.at[id]]
		a.Feed = to.Feed
		*to = a
	}
	return rows.Err()
}

func (p *exportedPage) readPackages(rows pgx.Rows) error {
	for rows.Next() {
		var (
			id            int64
			a             Affected
			ranges, extra []byte
			x             affectedExtra
		)
		if err := rows.Scan(&id, &a.Ordinal, &a.Package.Ecosystem, &a.Package.Release, &a.Package.Name, &a.Name, &ranges,
			&a.Versions, &extra); err != nil {
			return err
		}
		to := &p.records[p.at[id]]
		if err := json.Unmarshal(ranges, &a.Ranges); err != nil {
			return fmt.Errorf("ranges of %s: %w", to.ID, err)
		}
		if err := json.Unmarshal(extra, &x); err != nil {
			return fmt.Errorf("extras of %s: %w", to.ID, err)
		}
		a.LastKnownAffected, a.GitOnly = x.LastKnownAffected, x.GitOnly
		to.Affected = append(to.Affected, a)
		p.text += len(ranges) + len(a.Versions)*16 + 128
	}
	return rows.Err()
}

func (p *exportedPage) readConfigurations(rows pgx.Rows) error {
	for rows.Next() {
		var id int64
		var encoded []byte
		var c Configuration
		if err := rows.Scan(&id, &encoded); err != nil {
			return err
		}
		to := &p.records[p.at[id]]
		if err := json.Unmarshal(encoded, &c); err != nil {
			return fmt.Errorf("configurations of %s: %w", to.ID, err)
		}
		to.Configurations = append(to.Configurations, c)
		p.text += len(encoded)
	}
	return rows.Err()
}
