package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/matching"
)

func TestRematchSaysWhatWouldChange(t *testing.T) {
	pool := onDatabase(t)
	if r := command(t, "", "migrate"); r.code != exitDone {
		t.Fatal(r.err)
	}
	importSamples(t)
	if r := command(t, "", "rematch"); r.code != exitDone || !strings.Contains(r.out, "Everything was judged by this version") {
		t.Fatalf("nothing to do: %+v", r)
	}
	_, err := pool.Exec(t.Context(), `
		insert into components (identity, purl, name, version, ecosystem, match_name, match_version, matcher_version)
		values (gen_random_uuid(), 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1', 'org.apache.logging.log4j:log4j-core', '2.14.1',
		        'Maven', 'org.apache.logging.log4j:log4j-core', '2.14.1', 1)`)
	if err != nil {
		t.Fatal(err)
	}
	r := command(t, "", "rematch")
	if r.code != exitDone || !strings.Contains(r.out, "none before, confirmed now") || !strings.Contains(r.out, "Nothing was written") {
		t.Errorf("code %d, said %q %q", r.code, r.out, r.err)
	}
	var answer struct {
		Applied    bool
		Components int
		Matches    struct{ Added int }
	}
	r = command(t, "", "rematch", "--apply", "--format", "json")
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || !answer.Applied || answer.Components != 1 || answer.Matches.Added == 0 {
		t.Errorf("%v: %s %s", err, r.out, r.err)
	}
	var version int
	if err := pool.QueryRow(t.Context(), `select matcher_version from components`).Scan(&version); err != nil || version != matching.Version {
		t.Errorf("matcher version %d (%v), want %d", version, err, matching.Version)
	}
}
