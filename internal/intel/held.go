package intel

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ReleaseKey is an ecosystem with a release of it; an empty release asks for the ecosystem as a whole.
type ReleaseKey struct{ Ecosystem, Release string }

// Held answers which of these ecosystems and releases any affected entry speaks of. Entries without a release speak of all.
// What is not held cannot be judged, and silence about it says nothing.
func (s *Store) Held(ctx context.Context, db Querier, keys []ReleaseKey) (map[ReleaseKey]bool, error) {
	held := make(map[ReleaseKey]bool, len(keys))
	if len(keys) == 0 {
		return held, nil
	}
	ecosystems, releases := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		ecosystems[i], releases[i] = k.Ecosystem, k.Release
	}
	// One look-up in the index for each, however many entries there are.
	rows, err := db.Query(ctx, `
		select w.ecosystem, w.release
		from (select distinct * from unnest(@ecosystems::text[], @releases::text[]) as w (ecosystem, release)) w
		where w.release = '' and exists (select from affected_packages p where p.ecosystem = w.ecosystem)
		   or w.release <> '' and exists (select from affected_packages p
		       where p.ecosystem = w.ecosystem and p.ecosystem_release in (w.release, '', 'Pro:' || w.release))`,
		pgx.NamedArgs{"ecosystems": ecosystems, "releases": releases})
	if err != nil {
		return nil, fmt.Errorf("look for advisories of ecosystems: %w", err)
	}
	var k ReleaseKey
	_, err = pgx.ForEachRow(rows, []any{&k.Ecosystem, &k.Release}, func() error {
		held[k] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for advisories of ecosystems: %w", err)
	}
	return held, nil
}
