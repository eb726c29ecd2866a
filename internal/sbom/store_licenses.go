package sbom

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ReleaseLicense is one statement of licences, as the components of a release make it.
type ReleaseLicense struct {
	Licenses   []string // as written; several all apply; empty: none is stated
	Components int      // distinct components with this statement
	Verdict    LicenseVerdict

	key string // what the list pages by
}

// ReleaseLicenses lists the distinct statements of a release's current SBOM, each judged by the policy. Components that state
// none are listed too.
func (s *Store) ReleaseLicenses(ctx context.Context, releaseID int64, policy LicensePolicy, cursor string, limit int) (Page[ReleaseLicense], error) {
	key, _, err := decodeCursor(cursor)
	if err != nil {
		return Page[ReleaseLicense]{}, err
	}
	release, err := s.Release(ctx, releaseID)
	if err != nil || release.Current == nil {
		return Page[ReleaseLicense]{}, err
	}
	rows, err := s.db.Query(ctx, `
		select licenses, count(distinct component_id), licenses::text collate "C"
		from occurrences
		where sbom_id = @sbom and licenses::text collate "C" > @key
		group by licenses
		order by licenses::text collate "C"
		limit @limit`, pgx.NamedArgs{"sbom": release.Current.ID, "key": key, "limit": limit + 1})
	if err != nil {
		return Page[ReleaseLicense]{}, fmt.Errorf("list licences of release %d: %w", releaseID, err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ReleaseLicense, error) {
		var l ReleaseLicense
		err := row.Scan(&l.Licenses, &l.Components, &l.key)
		l.Verdict = policy.Judge(l.Licenses)
		return l, err
	})
	if err != nil {
		return Page[ReleaseLicense]{}, fmt.Errorf("list licences of release %d: %w", releaseID, err)
	}
	page := Page[ReleaseLicense]{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		page.Next = encodeCursor(page.Items[limit-1].key, 0)
	}
	return page, nil
}
