package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

const never = `"status":"not_affected","justification":"vulnerable_code_not_in_execute_path","note":"never called"`

type assessed struct {
	Selected, Findings, Products, Releases int
	AssessmentIDs                          []int64 `json:"assessment_ids"`
}

func TestAFindingIsAssessedCountedAndWithdrawn(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	p := f.newPortfolio("Orders")
	path := fmt.Sprintf("/api/v1/findings/%d", p.finding)
	total := func(query string) int {
		var s struct{ Open struct{ Total int } }
		f.want(http.StatusOK, "GET", "/api/v1/findings/summary?"+query, "", &s)
		return s.Open.Total
	}
	open := total("")

	var trial, made assessed
	f.want(http.StatusOK, "POST", "/api/v1/assessments/preview", fmt.Sprintf(`{%s,"scope":"product","every_version":true,"finding_ids":[%d]}`, never, p.finding), &trial)
	if trial.Selected != 1 || trial.Findings != 1 || len(trial.AssessmentIDs) != 0 || total("") != open {
		t.Fatalf("the trial %+v changed something or counts wrongly", trial)
	}
	f.want(http.StatusCreated, "POST", path+"/assessments", `{`+never+`,"scope":"product","every_version":true}`, &made)
	if made.Findings != 1 || total("") != open-1 || total("state=settled") != 1 || total("state=settled&vex=not_affected") != 1 || total("vex=affected&state=all") != 0 {
		t.Fatalf("made %+v; open %d of %d, settled %d", made, total(""), open, total("state=settled"))
	}
	var one struct {
		State, VEX string
		Review     []string
		Events     []struct{ Kind string }
	}
	f.want(http.StatusOK, "GET", path, "", &one)
	if one.State != "settled" || one.VEX != "not_affected" || one.Review == nil || one.Events[len(one.Events)-1].Kind != "assessed" {
		t.Errorf("the finding: %+v", one)
	}
	var list struct {
		Items []struct {
			ID                            int64
			Author, Standing, Scope, Note string
		}
	}
	f.want(http.StatusOK, "GET", path+"/assessments", "", &list)
	if len(list.Items) != 1 || list.Items[0].Author != "First admin" || list.Items[0].Standing != "effective" || list.Items[0].Note != "never called" {
		t.Errorf("assessments: %+v", list.Items)
	}
	f.want(http.StatusNoContent, "POST", fmt.Sprintf("%s/assessments/%d/withdraw", path, list.Items[0].ID), `{"note":"a slip"}`, nil)
	f.refused(f.call("POST", fmt.Sprintf("%s/assessments/%d/withdraw", path, list.Items[0].ID), body(`{}`), "Content-Type", "application/json"), http.StatusConflict, "conflict")
	if total("") != open {
		t.Error("what was withdrawn still settles")
	}
	a := f.call("GET", "/api/v1/audit?action=assessment.withdraw", nil)
	if a.status != http.StatusOK {
		t.Fatalf("%d: %s", a.status, a.body)
	}
	var recorded int
	if err := f.pool.QueryRow(t.Context(), `select count(*) from audit_events where action in ('assessment.create', 'assessment.withdraw') and product_id = $1`, p.product).Scan(&recorded); err != nil || recorded != 2 {
		t.Errorf("%d changes on record (%v), want 2", recorded, err)
	}

	f.want(http.StatusCreated, "POST", "/api/v1/assessments", fmt.Sprintf(`{"status":"affected","action":"upgrade","scope":"release","filter":{"release_id":%d}}`, p.release), &made)
	if made.Selected != open || made.Findings != open || total("vex=affected") != open {
		t.Errorf("by filter: %+v, want all %d", made, open)
	}
}

func TestADecisionIsRefusedWithWhatIsMissing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	p := f.newPortfolio("Orders")
	path := fmt.Sprintf("/api/v1/findings/%d/assessments", p.finding)
	for _, tc := range []struct{ body, fault string }{
		{`{"status":"not_affected","scope":"product"}`, "body.justification"},
		{`{"status":"fixed","justification":"requires_dependency","scope":"product"}`, "body.justification"},
		{`{"status":"ignored","scope":"product"}`, "body.status"},
		{`{"status":"affected","scope":"team"}`, "body.scope"},
		{`{"status":"affected","scope":"product","expires_at":"2020-01-01T00:00:00Z"}`, "body.expires_at"},
	} {
		a := f.call("POST", path, body(tc.body), "Content-Type", "application/json")
		if r := f.refused(a, http.StatusUnprocessableEntity, "invalid"); len(r.Faults) == 0 || r.Faults[0].Path != tc.fault {
			t.Errorf("%s: %+v", tc.body, r.Faults)
		}
	}
}

// TestNobodyDecidesForAForeignProduct: a decision that holds everywhere leaves out what its author may not decide on, and counts
// only what they may know of.
func TestNobodyDecidesForAForeignProduct(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	own, foreign := f.newPortfolio("Own"), f.newPortfolio("Foreign")
	f.join("stranger@example.org", access.Analyst)
	member := f.join("member@example.org", access.Analyst)
	f.restrict(foreign.product, member)
	cookie := f.signIn("stranger@example.org", testPassword)
	send := func(path, text string) answer {
		return f.call("POST", "/api/v1"+path, body(text), "Content-Type", "application/json", "Cookie", cookie)
	}
	f.refused(send("/assessments", fmt.Sprintf(`{%s,"scope":"everywhere","finding_ids":[%d,%d]}`, never, own.finding, foreign.finding)), http.StatusNotFound, "not_found")
	a := send("/assessments", fmt.Sprintf(`{%s,"scope":"everywhere","every_version":true,"finding_ids":[%d]}`, never, own.finding))
	if a.status != http.StatusCreated || !strings.Contains(string(a.body), `"findings":1,"products":1,`) {
		t.Fatalf("%d: %s", a.status, a.body)
	}
	var state string
	if err := f.pool.QueryRow(t.Context(), `select string_agg(state, ' ' order by id) from findings where id = any($1)`, []int64{own.finding, foreign.finding}).Scan(&state); err != nil || state != "settled open" {
		t.Errorf("own and foreign are %s (%v)", state, err)
	}
	// A member of the team alone decides for that product, and not everywhere.
	limited := f.join("leo@example.org", access.Viewer)
	f.restrict(own.product, limited)
	cookie = f.signIn("leo@example.org", testPassword)
	f.refused(send("/assessments", fmt.Sprintf(`{%s,"scope":"everywhere","finding_ids":[%d]}`, never, own.finding)), http.StatusForbidden, "forbidden")
}
