package osv

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator/simtest"
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

// TestCorpusIsPolled loads some of the shared dumps over HTTP, ecosystem by ecosystem, and then finds nothing new.
func TestCorpusIsPolled(t *testing.T) {
	clock := simtest.NewClock(start)
	server, base := simtest.Start(t, simulator.Config{Data: testkit.SharedData(t, "."), Now: clock.Now})
	w := &world{t: t, server: server, clock: clock}
	w.client = New(Config{URL: base + "/osv", Ecosystems: []string{"Go", "RubyGems", "SUSE"}}, fetch.Options{Now: clock.Now, Sleep: clock.Sleep})
	got := w.poll(intel.Ask{})
	if got.err != nil {
		t.Fatal(got.err)
	}
	var missing []string
	for _, in := range got.refused {
		missing = append(missing, in.Path)
	}
	if diff := cmp.Diff([]string{"SUSE"}, missing); diff != "" {
		t.Errorf("not in the shared data (-want +got):\n%s", diff)
	}
	if last := got.steps[len(got.steps)-1]; len(got.ids) != 4249+987 || last.Total != int64(len(got.ids)+len(missing)) {
		t.Errorf("%d records, %d of %d", len(got.ids), last.Done, last.Total)
	}
	w.poll(intel.Ask{})
	if again := w.poll(intel.Ask{}); len(again.ids) != 0 || again.err != nil {
		t.Errorf("nothing changed, and %d records came, %v", len(again.ids), again.err)
	}
}
