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
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

var update = flag.Bool("update", false, "write docs/access.md anew from what the API answers")

// operation is what the API document says of one.
type operation struct {
	id, method, path string
	query            []parameter
}

// parameter is one of an operation's query.
type parameter struct {
	Name, In string
	Required bool
	Schema   struct {
		Enum  []string
		Items struct{ Enum []string }
	}
}

func operations(t *testing.T) []operation {
	t.Helper()
	raw, err := httpapi.Document()
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []parameter
		}
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	var out []operation
	for path, methods := range document.Paths {
		for method, o := range methods {
			query := slices.DeleteFunc(o.Parameters, func(p parameter) bool { return p.In != "query" })
			out = append(out, operation{o.OperationID, strings.ToUpper(method), path, query})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return out
}

// portfolio is a product with a release, a document and a finding.
type portfolio struct{ product, release, sbom, finding, job int64 }

// newPortfolio uploads a sample and matches it.
func (f *fixture) newPortfolio(name string) portfolio {
	f.t.Helper()
	var p portfolio
	var stored struct {
		SBOM struct{ ID, ReleaseID int64 }
		Job  struct{ ID int64 }
	}
	a := f.call("POST", "/api/v1/sboms?product="+name+"&release=1", bodyBytes(demo(f.t, "orders-service-2.4.0.cdx.json")))
	if a.status != http.StatusAccepted {
		f.t.Fatalf("answered %d: %s", a.status, a.body)
	}
	a.decode(f.t, &stored)
	f.match(stored.SBOM.ID)
	p.job = stored.Job.ID
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
		"{person_id}", "999999", "{team_id}", "999999", "{token_id}", "999999", "{invitation_id}", "999999", "{job_id}", fmt.Sprint(p.job),
		"{report_id}", "1", "{letter_id}", "none", "{assessment_id}", "999999", "{feed}", "kev", "{run_id}", "1",
	).Replace(o.path)
}

// ofProduct reports whether the operation names something of a product.
func (o operation) ofProduct() bool {
	return regexp.MustCompile(`\{(product|release|sbom|finding|job)_id\}`).MatchString(o.path)
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
			gone := f.call(o.method, o.fill(portfolio{777777, 777777, 777777, 777777, 777777}), body("{}"), append([]string{"Content-Type", "application/json"}, stranger.header()...)...)
			if same(a.body, foreign) != same(gone.body, portfolio{777777, 777777, 777777, 777777, 777777}) {
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
	for _, id := range []int64{p.product, p.release, p.sbom, p.finding, p.job} {
		text = regexp.MustCompile(fmt.Sprintf(`\b%d\b`, id)).ReplaceAllString(text, "N")
	}
	return text
}

func compareTable(t *testing.T, table string) {
	t.Helper()
	file := filepath.Join("..", "..", "docs", "access.md")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), "<!-- operations -->\n")
	held, after, closed := strings.Cut(rest, "<!-- /operations -->")
	if !found || !closed {
		t.Fatal("docs/access.md has no place for the table")
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
			t.Errorf("the API answers\n  %s\nand docs/access.md says otherwise; if it is meant so, run the test with -update", line)
		}
	}
	if len(said) != strings.Count(table, "\n")+1 {
		t.Error("docs/access.md lists operations that there are not")
	}
}
