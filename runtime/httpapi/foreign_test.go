package httpapi_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// samples are what each query parameter is asked with, by the operation's name and the parameter's, or by the parameter's alone. Those
// with an enumeration need none. An operation with a parameter that is not here fails the test: say how to ask it.
func samples(ids ...portfolio) map[string][]string {
	out := map[string][]string{
		"q": {"log4j", "Zebra", "CVE-2021"}, "name": {"log4j-core"}, "ecosystem": {"maven"}, "below": {"99"}, "vulnerability": {"CVE-2021-44228"},
		"purl": {"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"}, "cpe": {"cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:*"}, "id": {"CVE-2021-44228"},
		"value": {"dl.evil.example"}, "adversary": {"Somebody"}, "technique": {"T1190"}, "cve": {"CVE-2021-44228"}, "type": {"domain"}, "forbid": {"MIT"},
		"actor_id": {"1"}, "action": {"product."}, "subject_kind": {"product"}, "subject_id": {"2"}, "address": {"127.0.0.1"},
		"from": {"2020-01-01T00:00:00Z"}, "to": {"2100-01-01T00:00:00Z"}, "list-people q": {"stranger"}, "code": {"x"}, "state": {"x"}, "iss": {"x"}, "error": {"access_denied"}, "days": {"7"},
	}
	for _, p := range ids {
		out["product_id"] = append(out["product_id"], fmt.Sprint(p.product))
		out["release_id"] = append(out["release_id"], fmt.Sprint(p.release))
		out["component_id"] = append(out["component_id"], "1", "2")
	}
	return out
}

// asks are the queries of an operation: as it is, then with each value of each parameter.
func (o operation) asks(t *testing.T, samples map[string][]string) []string {
	t.Helper()
	required := ""
	for _, p := range o.query {
		if p.Required {
			required += "&" + p.Name + "=" + samples[p.Name][0]
		}
	}
	// One of two has to be given.
	choice := map[string]string{"explain": "purl", "search-components": "name"}[o.id]
	if choice != "" {
		required += "&" + choice + "=" + samples[choice][0]
	}
	asks := []string{"?" + strings.TrimPrefix(required, "&")}
	for _, p := range o.query {
		values := slices.Concat(p.Schema.Enum, p.Schema.Items.Enum)
		if own := samples[o.id+" "+p.Name]; own != nil {
			values = own
		} else if len(values) == 0 {
			values = samples[p.Name]
		}
		switch {
		case p.Name == "limit":
			values = []string{"1"}
		case p.Name == "cursor" || p.Required || choice == "purl" || p.Name == choice:
			continue
		case len(values) == 0:
			t.Errorf("%s has the parameter %s: say in samples what to ask it", o.id, p.Name)
		}
		for _, value := range values {
			asks = append(asks, "?"+strings.TrimPrefix(required+"&"+p.Name+"="+value, "&"))
		}
	}
	return asks
}

var changing = regexp.MustCompile(`,?"(request_id|last_seen_at|last_used_at|renewed_at|expires_at)":"[^"]*"`)

// readAll asks every reading operation about each portfolio in every way, as whoever the header says, and follows lists to their end.
func (f *fixture) readAll(header []string, portfolios ...portfolio) map[string]string {
	f.t.Helper()
	out := map[string]string{}
	for _, o := range operations(f.t) {
		if o.method != "GET" {
			continue
		}
		for _, ask := range o.asks(f.t, samples(portfolios...)) {
			for i, p := range portfolios {
				if i > 0 && o.fill(p) == o.fill(portfolios[0]) {
					continue
				}
				path := o.fill(p) + ask
				out[o.id+" "+path] = f.readOn(path, header)
			}
		}
	}
	return out
}

// readOn reads an answer, and where it is a page of a list the pages after it.
func (f *fixture) readOn(path string, header []string) string {
	f.t.Helper()
	var text strings.Builder
	next := path
	for range 200 {
		a := f.call("GET", next, nil, header...)
		if a.status == http.StatusUnprocessableEntity || a.status == http.StatusBadRequest || a.status >= 500 {
			f.t.Errorf("%s is answered %d: the test shows nothing: %s", next, a.status, a.body)
		}
		fmt.Fprintf(&text, "%d %s\n", a.status, changing.ReplaceAll(a.body, nil))
		cursor := regexp.MustCompile(`"next_cursor":"([^"]+)"`).FindSubmatch(a.body)
		if cursor == nil {
			return text.String()
		}
		next = path + "&cursor=" + string(cursor[1])
	}
	f.t.Errorf("%s does not end", path)
	return text.String()
}

// TestAForeignProductLeavesNoTrace compares every answer of every reading operation before and after a product is made that the
// caller may not know of, with the very same contents, and with its own ids asked for: lists, counts, searches, exports and pages
// of shared components must not move by a byte. Operations come from the API's document, so that a new one is asked too.
func TestAForeignProductLeavesNoTrace(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	f.receive(nil, intel.Report{ID: "a1", Name: "Log4Shell in the wild", TLP: "white", CVEs: []string{"CVE-2021-44228"}, Modified: time.Now()})
	own := f.newPortfolio("Own")
	stranger := f.join("stranger@example.org", access.Analyst)
	member := f.join("member@example.org", access.Viewer)
	token := func(owner int64, products ...int64) []string {
		in := account.NewToken{Name: "x", Scopes: []string{"read", "write"}, ProductIDs: products, Life: time.Hour}
		made, err := f.services.Accounts.CreateToken(t.Context(), owner, in)
		if err != nil {
			t.Fatal(err)
		}
		return []string{"Cookie", "", "Authorization", "Bearer " + made.Secret}
	}
	callers := map[string][]string{
		"an analyst":            {"Cookie", f.signIn("stranger@example.org", testPassword), "Origin", f.url},
		"an analyst's token":    token(stranger),
		"a token for one alone": token(1, own.product), // an admin's
	}
	var job int64
	if err := f.pool.QueryRow(t.Context(), `select max(id) from river_job`).Scan(&job); err != nil {
		t.Fatal(err)
	}
	// What the foreign product is going to be called by: ids are given in order.
	foreign := portfolio{product: own.product + 1, release: own.release + 1, sbom: own.sbom + 1, finding: own.finding, job: job + 1}
	if err := f.pool.QueryRow(t.Context(), `select max(id) + 1 from findings`).Scan(&foreign.finding); err != nil {
		t.Fatal(err)
	}
	before := map[string]map[string]string{}
	for name, header := range callers {
		before[name] = f.readAll(header, own, foreign)
	}
	// Made by SQL beforehand, so that it is restricted when its contents come.
	var id int64
	if err := f.pool.QueryRow(t.Context(), `insert into products (name) values ('Zebra') returning id`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	f.restrict(id, member)
	if made := f.newPortfolio("Zebra"); made.product != foreign.product || made.release != foreign.release || made.sbom != foreign.sbom {
		t.Fatalf("the product is %+v, and %+v was asked for", made, foreign)
	} else if made.finding != foreign.finding {
		foreign.finding = made.finding
	}
	for name, header := range callers {
		after := f.readAll(header, own, foreign)
		for _, ask := range slices.Sorted(maps.Keys(before[name])) {
			if was, is := before[name][ask], after[ask]; was != is {
				t.Errorf("%s, to %s, shows a foreign product:\n%s\n%s", ask, name, was, is)
			}
		}
	}
	seen := f.readAll([]string{"Cookie", f.signIn("member@example.org", testPassword), "Origin", f.url}, own, foreign)
	f.showsSomething(before["an analyst"], seen)
}

// showsSomething checks that whoever may see the product does: else an operation that never shows anything would pass.
func (f *fixture) showsSomething(without, with map[string]string) {
	f.t.Helper()
	moved := map[string]bool{}
	for ask, answer := range with {
		name, _, _ := strings.Cut(ask, " ")
		moved[name] = moved[name] || answer != without[ask]
	}
	for _, name := range []string{
		"list-products", "get-product", "list-releases", "get-release", "get-sbom", "download-sbom", "list-findings", "search-components", "get-finding",
		"get-vulnerability", "summarize-findings", "get-report", "list-upgrades", "get-coverage", "get-product-access", "get-job",
	} {
		if !moved[name] {
			f.t.Errorf("%s shows the team's product to nobody: the test shows nothing", name)
		}
	}
}

// A name that is taken, and one that is not, answer alike to those who may upload to neither.
func TestUploadsDoNotTellWhichNamesAreTaken(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	own, foreign := f.newPortfolio("Own"), f.newPortfolio("Zebra")
	f.restrict(foreign.product)
	member := f.join("member@example.org", access.Contributor)
	limited, err := f.services.Accounts.CreateToken(t.Context(), member, account.NewToken{Name: "x", Scopes: []string{"upload"}, ProductIDs: []int64{own.product}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	var answers []string
	for _, name := range []string{"Zebra", "Nobody"} {
		a := f.call("POST", "/api/v1/sboms?release=1&product="+name, bodyBytes(demo(t, "orders-service-2.4.0.cdx.json")), "Cookie", "", "Authorization", "Bearer "+limited.Secret)
		f.refused(a, http.StatusForbidden, "forbidden")
		answers = append(answers, strings.ReplaceAll(same(a.body, portfolio{}), name, "N"))
	}
	if answers[0] != answers[1] {
		t.Errorf("%s\n%s", answers[0], answers[1])
	}
}
