package osv

import (
	"context"
	"testing"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

// TestCorpus reads every record of the shared dumps: none is refused, and what is put right is what is known of them.
func TestCorpus(t *testing.T) {
	source, err := Open([]string{testkit.SharedData(t, "advisories")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	if source.Len() != 48525 {
		t.Errorf("%d entries, want 48525", source.Len())
	}
	records, withdrawn, gitOnly := 0, 0, 0
	warnings := map[string]int{}
	for in, err := range source.Records(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if in.Refused != nil {
			t.Errorf("%s: refused: %v", in.Path, in.Refused)
			continue
		}
		records++
		if !in.Advisory.Withdrawn.IsZero() {
			withdrawn++
		}
		for _, a := range in.Advisory.Affected {
			if a.GitOnly {
				gitOnly++
			}
		}
		for _, w := range in.Warnings {
			if warnings[w.Code]++; warnings[w.Code] < 4 {
				t.Logf("%s: %s: %s", in.Path, w.Path, w.Message)
			}
		}
	}
	t.Logf("%d records, %d withdrawn, %d entries with commit ranges only, warnings %v", records, withdrawn, gitOnly, warnings)
	if records != 47897 {
		t.Errorf("%d different records, want 47897", records)
	}
}
