package matching

import (
	"context"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// holdings says of which ecosystems and releases any advisory is held.
type holdings map[intel.ReleaseKey]bool

func readHoldings(ctx context.Context, db intel.Querier, store *intel.Store, ids []*ident.Identity) (holdings, error) {
	seen := map[intel.ReleaseKey]bool{}
	var keys []intel.ReleaseKey
	for _, id := range ids {
		if k := releaseKey(id); k.Ecosystem != "" && !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	return store.Held(ctx, db, keys)
}

func releaseKey(id *ident.Identity) intel.ReleaseKey {
	return intel.ReleaseKey{Ecosystem: id.Package.Ecosystem, Release: id.Package.Release}
}

// of says whether any advisory can speak of the component at all.
func (h holdings) of(id *ident.Identity) bool { return h[releaseKey(id)] }

// mark puts what no advisory held can speak of among what is not covered, and takes it out again.
func (h holdings) mark(id *ident.Identity) {
	switch {
	case id.NotCovered == "" && id.Package.Ecosystem != "" && !h.of(id):
		id.NotCovered = ident.NotCoveredNoAdvisories
	case id.NotCovered == ident.NotCoveredNoAdvisories && h.of(id):
		id.NotCovered = ""
	}
}
