package bundle_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/bundle"
)

// numbered is the records X-0 to X-n of a feed, of one day.
func numbered(n int, day int) func(func(intel.Incoming, error) bool) {
	return func(yield func(intel.Incoming, error) bool) {
		for i := range n {
			if !yield(intel.Incoming{Advisory: intel.Advisory{
				ID: fmt.Sprintf("X-%04d", i), Source: "X", Kind: intel.KindVulnerability, Modified: noon.AddDate(0, 0, day),
			}}, nil) {
				return
			}
		}
	}
}

func TestWhatABundleNoLongerHoldsIsWithdrawn(t *testing.T) {
	t.Parallel()
	b := newInstance(t)
	bundleOf := func(n, day int) []byte {
		a := newInstance(t)
		if _, err := a.store.ImportOSV(t.Context(), numbered(n, day), nil); err != nil {
			t.Fatal(err)
		}
		raw, _ := a.export(nil)
		return raw
	}
	inForce := func(want int) {
		t.Helper()
		if got := len(b.rows(`select advisory_id from advisories where withdrawn is null`)); got != want {
			t.Errorf("%d records are in force, want %d", got, want)
		}
	}
	b.mustTake(bundleOf(300, -9))
	if r := b.mustTake(bundleOf(290, -8)).runs["osv"]; r.Withdrawn != 10 {
		t.Errorf("%+v", r.Counts)
	}
	inForce(290)
	if got, err := b.take(bundleOf(200, -10), bundle.ImportOptions{}); err != nil || len(got.warnings) != 1 {
		t.Errorf("an older one: %v, %v", err, got.warnings)
	}
	inForce(290)
	few := bundleOf(200, -7)
	if _, err := b.take(few, bundle.ImportOptions{}); !errors.Is(err, intel.ErrAsks) {
		t.Errorf("a third is gone: %v", err)
	}
	inForce(290)
	if _, err := b.take(few, bundle.ImportOptions{AcceptWithdrawals: true}); err != nil {
		t.Error(err)
	}
	inForce(200)
	b.mustTake(bundleOf(300, -6))
	inForce(300)
}
