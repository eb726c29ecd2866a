package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

type newsPage struct {
	Items []struct {
		Kind, Name, Record string
		At                 time.Time
		TouchesUs          bool `json:"touches_us"`
		Exploited          bool
	}
	NextCursor string `json:"next_cursor"`
}

// news pages through a list of news, a few at a time.
func (f *fixture) news(query string, header ...string) newsPage {
	f.t.Helper()
	var all newsPage
	for cursor := ""; ; {
		a := f.call("GET", "/api/v1/intel/news?limit=3&"+query+"&cursor="+cursor, nil, header...)
		if a.status != http.StatusOK {
			f.t.Fatalf("answered %d: %s", a.status, a.body)
		}
		var page newsPage
		a.decode(f.t, &page)
		all.Items = append(all.Items, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			return all
		}
	}
}

func TestNewsIsWholeAndTouchesWhatTheCallerKnows(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	if n := len(f.news("").Items); n != 0 {
		t.Errorf("%d items touch a portfolio without products", n)
	}
	own := f.newPortfolio("Own")
	f.receive(nil, intel.Report{ID: "a1", Name: "Log4Shell in the wild", TLP: "white", CVEs: []string{"CVE-2021-44228"}, Modified: time.Now()})
	all := f.news("touches=all")
	var want int
	if err := f.pool.QueryRow(t.Context(), `select (select count(*) from advisories) + (select count(*) from kev) + (select count(*) from threat_reports)`).Scan(&want); err != nil {
		t.Fatal(err)
	}
	if len(all.Items) != want {
		t.Errorf("the pages hold %d items; %d are held", len(all.Items), want)
	}
	ours, kinds := 0, map[string]int{}
	for i, n := range all.Items {
		if i > 0 && n.At.After(all.Items[i-1].At) {
			t.Errorf("%s %s comes after what is older", n.Kind, n.Name)
		}
		if n.TouchesUs {
			ours++
			kinds[n.Kind]++
		}
	}
	touching := f.news("")
	if len(touching.Items) != ours || kinds["advisory"] == 0 || kinds["kev"] == 0 || kinds["report"] == 0 {
		t.Errorf("%d items touch us, of all %d are marked so: %v", len(touching.Items), ours, kinds)
	}
	if n := len(f.news("kind=kev").Items); n != kinds["kev"] {
		t.Errorf("%d entries of KEV touch us by themselves, %d among all", n, kinds["kev"])
	}
	// Whoever may not know of the product learns nothing of what touches it.
	f.restrict(own.product)
	f.join("stranger@example.org", access.Analyst)
	cookie := f.signIn("stranger@example.org", testPassword)
	if n := len(f.news("", "Cookie", cookie, "Origin", f.url).Items); n != 0 {
		t.Errorf("%d items tell a stranger what a product holds", n)
	}
	f.refused(f.call("GET", "/api/v1/intel/news?cursor=nonsense", nil), http.StatusUnprocessableEntity, "invalid")
}

func TestTheSampleLoadsOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	var first, again struct {
		Unchanged bool
		SBOM      struct{ ID int64 }
	}
	a := f.call("POST", "/api/v1/samples", nil)
	if a.status != http.StatusAccepted {
		t.Fatalf("answered %d: %s", a.status, a.body)
	}
	a.decode(t, &first)
	f.call("POST", "/api/v1/samples", nil).decode(t, &again)
	if first.Unchanged || !again.Unchanged || first.SBOM.ID != again.SBOM.ID {
		t.Errorf("the sample was loaded as %+v, then as %+v", first, again)
	}
}
