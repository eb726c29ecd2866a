package httpapi_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

var update = flag.Bool("update", false, "write docs/security.md anew from what the API answers")

// operation is what the API document says of one.
type operation struct{ id, method, path string }

func operations(t *testing.T) []operation {
	t.Helper()
	raw, err := httpapi.Document()
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	var out []operation
	for path, methods := range document.Paths {
		for method, o := range methods {
			out = append(out, operation{o.OperationID, strings.ToUpper(method), path})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return out
}

// portfolio is a product with a release, a document and a finding.
type portfolio struct{ product, release, sbom, finding int64 }

// newPortfolio uploads a sample and matches it.
func (f *fixture) newPortfolio(name string) portfolio {
	f.t.Helper()
	var p portfolio
	var stored struct{ SBOM struct{ ID, ReleaseID int64 } }
	a := f.call("POST", "/api/v1/sboms?product="+name+"&release=1", bodyBytes(demo(f.t, "orders-service-2.4.0.cdx.json")))
	if a.status != http.StatusAccepted {
		f.t.Fatalf("answered %d: %s", a.status, a.body)
	}
	a.decode(f.t, &stored)
	f.match(stored.SBOM.ID)
	err := f.pool.QueryRow(f.t.Context(), `
		select r.product_id, r.id, r.current_sbom_id, (select min(id) from findings where release_id = r.id)
		from releases r where r.current_sbom_id = $1`, stored.SBOM.ID).Scan(&p.product, &p.release, &p.sbom, &p.finding)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

// throwaway is one that may be deleted.
func (f *fixture) throwaway() portfolio {
	f.t.Helper()
	var p portfolio
	err := f.pool.QueryRow(f.t.Context(), `
		with p as (insert into products (name) values (gen_random_uuid()::text) returning id)
		insert into releases (product_id, version) select id, '1' from p returning product_id, id`).Scan(&p.product, &p.release)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

// restrict gives a product to a team alone.
func (f *fixture) restrict(product int64, members ...int64) {
	f.t.Helper()
	team, err := f.services.Accounts.SaveTeam(f.t.Context(), 0, account.TeamInput{Name: fmt.Sprintf("Team %d", product), Members: &members})
	if err != nil {
		f.t.Fatal(err)
	}
	_, err = f.services.Accounts.SetProductAccess(f.t.Context(), product, account.ProductAccess{Restricted: true, Teams: []account.ProductTeam{{ID: team.ID}}})
	if err != nil {
		f.t.Fatal(err)
	}
}

// path fills an address in.
func (o operation) fill(p portfolio) string {
	return strings.NewReplacer(
		"{product_id}", fmt.Sprint(p.product), "{release_id}", fmt.Sprint(p.release), "{sbom_id}", fmt.Sprint(p.sbom),
		"{finding_id}", fmt.Sprint(p.finding), "{name}", "CVE-2021-44228", "{session_id}", "none", "{passkey_id}", "none",
		"{person_id}", "999999", "{team_id}", "999999", "{token_id}", "999999", "{invitation_id}", "999999", "{job_id}", "1",
		"{report_id}", "1", "{assessment_id}", "999999", "{feed}", "kev", "{run_id}", "1",
	).Replace(o.path)
}

// ofProduct reports whether the operation names something of a product.
func (o operation) ofProduct() bool {
	return regexp.MustCompile(`\{(product|release|sbom|finding)_id\}`).MatchString(o.path)
}

// caller is a kind of caller: header makes what each call is sent with.
type caller struct {
	name   string
	header func() []string
}

// callers are nobody, one person of each role, and tokens.
func (f *fixture) callers() []caller {
	f.t.Helper()
	out := []caller{{"nobody", func() []string { return []string{"Cookie", "", "Origin", f.url} }}}
	people := map[access.Role]int64{}
	for _, role := range access.Roles {
		mail := string(role) + "@example.org"
		people[role] = f.join(mail, role)
		out = append(out, caller{string(role), func() []string {
			// A session of its own for every call: some operations end it.
			return []string{"Cookie", f.signIn(mail, testPassword), "Origin", f.url}
		}})
	}
	for name, in := range map[string]struct {
		owner access.Role
		scope string
	}{"upload token": {access.Analyst, "upload"}, "read token": {access.Admin, "read"}, "write token": {access.Admin, "write"}} {
		token, err := f.services.Accounts.CreateToken(f.t.Context(), people[in.owner], account.NewToken{Name: name, Scopes: []string{in.scope}, Life: time.Hour})
		if err != nil {
			f.t.Fatal(err)
		}
		out = append(out, caller{name, func() []string { return []string{"Cookie", "", "Authorization", "Bearer " + token.Secret} }})
	}
	slices.SortStableFunc(out[5:], func(a, b caller) int { return strings.Compare(a.name, b.name) })
	return out
}

// join makes an account by invitation.
func (f *fixture) join(mail string, role access.Role) int64 {
	f.t.Helper()
	i, err := f.services.Accounts.Invite(f.t.Context(), account.NewInvitation{Mail: mail, Role: role})
	if err != nil {
		f.t.Fatal(err)
	}
	_, secret, _ := strings.Cut(i.Link, "#")
	in, err := f.services.Accounts.Register(f.t.Context(), account.Registration{Name: string(role), Password: testPassword, Invitation: secret})
	if err != nil {
		f.t.Fatal(err)
	}
	return in.Person.ID
}

func (f *fixture) signIn(mail, password string) string {
	f.t.Helper()
	in, err := f.services.Accounts.SignIn(f.t.Context(), account.Credentials{Mail: mail, Password: password})
	if err != nil {
		f.t.Fatal(err)
	}
	return "threatwerk_session=" + in.Cookie
}

// outcome is how the gate answered: what comes after it, also a refusal of the input, means that it let the caller in.
func (f *fixture) outcome(o operation, p portfolio, header []string) string {
	f.t.Helper()
	if o.method == "DELETE" && o.ofProduct() && p.product != 0 {
		p = f.throwaway()
	}
	a := f.call(o.method, o.fill(p), body("{}"), append([]string{"Content-Type", "application/json"}, header...)...)
	switch {
	case a.status == http.StatusUnauthorized && o.id != "sign-in", a.status == http.StatusForbidden:
		return fmt.Sprint(a.status)
	case a.status == http.StatusNotFound && o.ofProduct():
		return "404"
	case a.status >= 500:
		f.t.Errorf("%s: %d %s", o.id, a.status, a.body)
	}
	return "yes"
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	own := f.newPortfolio("Own")
	callers := f.callers()
	foreign := f.newPortfolio("Foreign")
	f.restrict(foreign.product)
	stranger := callers[slices.IndexFunc(callers, func(c caller) bool { return c.name == "analyst" })]

	var table strings.Builder
	names := make([]string, len(callers))
	for i, c := range callers {
		names[i] = c.name
	}
	fmt.Fprintf(&table, "| operation | %s | stranger |\n|%s\n", strings.Join(names, " | "), strings.Repeat(" --- |", len(callers)+2))
	for _, o := range operations(t) {
		cells := make([]string, 0, len(callers)+1)
		for _, c := range callers {
			cells = append(cells, f.outcome(o, own, c.header()))
		}
		strange := "-"
		if o.ofProduct() {
			p := foreign
			p.product = foreign.product
			a := f.call(o.method, o.fill(p), body("{}"), append([]string{"Content-Type", "application/json"}, stranger.header()...)...)
			strange = fmt.Sprint(a.status)
			gone := f.call(o.method, o.fill(portfolio{777777, 777777, 777777, 777777}), body("{}"), append([]string{"Content-Type", "application/json"}, stranger.header()...)...)
			if same(a.body, foreign) != same(gone.body, portfolio{777777, 777777, 777777, 777777}) {
				t.Errorf("%s tells what is foreign from what is not there:\n%s\n%s", o.id, a.body, gone.body)
			}
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", o.id, strings.Join(cells, " | "), strange)
	}
	compareTable(t, table.String())
}

// same is an answer without what differs between any two.
func same(answer []byte, p portfolio) string {
	text := regexp.MustCompile(`"request_id":"[^"]*"`).ReplaceAllString(string(answer), "")
	for _, id := range []int64{p.product, p.release, p.sbom, p.finding} {
		text = regexp.MustCompile(fmt.Sprintf(`\b%d\b`, id)).ReplaceAllString(text, "N")
	}
	return text
}

func compareTable(t *testing.T, table string) {
	t.Helper()
	file := filepath.Join("..", "..", "docs", "security.md")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), "<!-- operations -->\n")
	held, after, closed := strings.Cut(rest, "<!-- /operations -->")
	if !found || !closed {
		t.Fatal("docs/security.md has no place for the table")
	}
	if held == table {
		return
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+"<!-- operations -->\n"+table+"<!-- /operations -->"+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	said := strings.Split(held, "\n")
	for line := range strings.SplitSeq(table, "\n") {
		if !slices.Contains(said, line) {
			t.Errorf("the API answers\n  %s\nand docs/security.md says otherwise; if it is meant so, run the test with -update", line)
		}
	}
	if len(said) != strings.Count(table, "\n")+1 {
		t.Error("docs/security.md lists operations that there are not")
	}
}

// TestAForeignProductLeavesNoTrace compares every reading answer before and after a product is made that the caller may not
// know of, with the very same contents: lists, counts, searches and pages of shared components must not move by a byte.
func TestAForeignProductLeavesNoTrace(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	f.receive(nil, intel.Report{ID: "a1", Name: "Log4Shell in the wild", TLP: "white", CVEs: []string{"CVE-2021-44228"}, Modified: time.Now()})
	own := f.newPortfolio("Own")
	f.join("eve@example.org", access.Analyst)
	member := f.join("max@example.org", access.Viewer)
	read := func(mail string) map[string]string {
		out := map[string]string{}
		cookie := f.signIn(mail, testPassword)
		for _, o := range operations(t) {
			if o.method != "GET" || strings.HasPrefix(o.path, "/api/v1/me") {
				continue
			}
			query := map[string]string{"search-components": "?name=log4j-core", "search-indicators": "?value=dl.evil.example", "list-reports": "?touches=all", "explain": "?purl=pkg:maven/a/b@1&id=CVE-2021-44228"}[o.id]
			a := f.call(o.method, o.fill(own)+query, nil, "Cookie", cookie, "Origin", f.url)
			out[o.id] = regexp.MustCompile(`"request_id":"[^"]*"`).ReplaceAllString(string(a.body), "")
		}
		for _, query := range []string{"sort=-epss", "sort=product", "state=all", "active=all", "q=log4j"} {
			out["findings "+query] = string(f.call("GET", "/api/v1/findings?"+query, nil, "Cookie", cookie).body)
		}
		return out
	}
	before := read("eve@example.org")
	// Made by SQL beforehand, so that it is restricted when its contents come.
	var id int64
	if err := f.pool.QueryRow(t.Context(), `insert into products (name) values ('Zebra') returning id`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	f.restrict(id, member)
	foreign := f.newPortfolio("Zebra")
	if foreign.product != id {
		t.Fatalf("the contents went to product %d, not %d", foreign.product, id)
	}
	after := read("eve@example.org")
	for name, was := range before {
		if after[name] != was {
			t.Errorf("%s shows a foreign product:\n%s\n%s", name, was, after[name])
		}
	}
	seen := read("max@example.org")
	for _, name := range []string{"list-products", "list-findings", "search-components", "get-finding", "get-vulnerability", "summarize-findings", "get-report"} {
		if seen[name] == before[name] {
			t.Errorf("%s shows the team's product to nobody: the test shows nothing", name)
		}
	}
	// A name that is taken, and one that is not, answer alike to those who may not upload to either.
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
