package httpapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

type named struct {
	ID            int64
	Name, Version string
	Active        bool
	Criticality   string
	ReleaseCount  int `json:"release_count"`
	LatestRelease *struct {
		ID             int64
		Version        string
		ComponentCount int `json:"component_count"`
		Open           struct{ Critical, KEV, Total int }
	} `json:"latest_release"`
}

type list[T any] struct {
	Items []T
	Next  string `json:"next_cursor"`
}

func TestProductsFromBirthToDeath(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	var made, changed named
	a := f.want(http.StatusCreated, "POST", "/api/v1/products", `{"name":" Orders service ","criticality":"high"}`, &made)
	if made.Name != "Orders service" || made.Criticality != "high" || a.header.Get("Location") != fmt.Sprintf("/api/v1/products/%d", made.ID) {
		t.Errorf("made %+v at %s", made, a.header.Get("Location"))
	}
	again := f.call("POST", "/api/v1/products", body(`{"name":"ORDERS Service"}`), "Content-Type", "application/json")
	if p := f.refused(again, http.StatusConflict, "conflict"); len(p.Faults) != 1 || p.Faults[0].Path != "body.name" {
		t.Errorf("faults %+v", p.Faults)
	}
	path := fmt.Sprintf("/api/v1/products/%d", made.ID)
	f.want(http.StatusOK, "PATCH", path, `{"criticality":"low"}`, &changed)
	if changed.Name != "Orders service" || changed.Criticality != "low" {
		t.Errorf("changed to %+v", changed)
	}
	var release named
	f.want(http.StatusCreated, "POST", path+"/releases", `{"version":"1.0"}`, &release)
	f.refused(f.call("POST", path+"/releases", body(`{"version":"1.0"}`), "Content-Type", "application/json"), http.StatusConflict, "conflict")
	f.want(http.StatusOK, "PATCH", fmt.Sprintf("/api/v1/releases/%d", release.ID), `{"active":false,"version":"1.1"}`, &release)
	if release.Active || release.Version != "1.1" {
		t.Errorf("release changed to %+v", release)
	}
	f.want(http.StatusNoContent, "DELETE", path, "", nil)
	f.refused(f.call("GET", path, nil), http.StatusNotFound, "not_found")
	f.refused(f.call("GET", fmt.Sprintf("/api/v1/releases/%d", release.ID), nil), http.StatusNotFound, "not_found")
	f.refused(f.call("DELETE", path, nil), http.StatusNotFound, "not_found")
}

func TestProductsPageInEverySort(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	// Ä and İ fold differently in different hands; a cursor must not lose them.
	for _, name := range []string{"beta", "Alpha", "Älpha", "İstanbul", "gamma", "100%_done", "straße"} {
		f.want(http.StatusCreated, "POST", "/api/v1/products", fmt.Sprintf(`{"name":%q}`, name), nil)
	}
	for _, sort := range []string{"name", "-name", "created", "-created"} {
		var whole list[named]
		f.want(http.StatusOK, "GET", "/api/v1/products?sort="+sort, "", &whole)
		var pages []named
		cursor := ""
		for range 10 {
			var page list[named]
			f.want(http.StatusOK, "GET", "/api/v1/products?limit=2&sort="+sort+"&cursor="+url.QueryEscape(cursor), "", &page)
			pages = append(pages, page.Items...)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(whole.Items, pages); diff != "" || len(pages) != 7 {
			t.Errorf("sort %s: pages differ from the whole (-whole +pages):\n%s", sort, diff)
		}
	}
	var found list[named]
	f.want(http.StatusOK, "GET", "/api/v1/products?q="+url.QueryEscape("%_"), "", &found)
	if len(found.Items) != 1 || found.Items[0].Name != "100%_done" {
		t.Errorf("%%_ found %+v", found.Items)
	}
	f.refused(f.call("GET", "/api/v1/products?cursor=bogus", nil), http.StatusUnprocessableEntity, "invalid")
}

func TestFindingsPageInEverySort(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	var stored struct{ SBOM struct{ ID, ReleaseID int64 } }
	a := f.call("POST", "/api/v1/sboms?product=Orders&release=1", bodyBytes(demo(t, "orders-service-2.4.0.cdx.json")))
	if a.status != http.StatusAccepted {
		t.Fatalf("answered %d: %s", a.status, a.body)
	}
	a.decode(t, &stored)
	f.match(stored.SBOM.ID)
	var summary struct {
		Open struct{ Critical, KEV, Total int }
	}
	f.want(http.StatusOK, "GET", "/api/v1/findings/summary", "", &summary)
	if summary.Open.Total < 10 || summary.Open.Critical == 0 || summary.Open.KEV == 0 {
		t.Fatalf("the sample has too few findings: %+v", summary)
	}
	type row struct{ ID int64 }
	for _, sort := range []string{"score", "-score", "epss", "-epss", "kev", "first_seen", "-first_seen", "component", "-component", "vulnerability", "-vulnerability", "product"} {
		var whole list[row]
		f.want(http.StatusOK, "GET", "/api/v1/findings?limit=200&sort="+sort, "", &whole)
		var pages []row
		cursor := ""
		for range 30 {
			var page list[row]
			f.want(http.StatusOK, "GET", "/api/v1/findings?limit=4&sort="+sort+"&cursor="+cursor, "", &page)
			pages = append(pages, page.Items...)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(whole.Items, pages); diff != "" || len(pages) != summary.Open.Total {
			t.Errorf("sort %s: %d of %d rows, pages differ from the whole (-whole +pages):\n%s", sort, len(pages), summary.Open.Total, diff)
		}
	}
	for _, path := range []string{"possible", "coverage", "upgrades", "components", "sboms"} {
		f.want(http.StatusOK, "GET", "/api/v1/releases/1/"+path, "", nil)
	}
	var products list[named]
	f.want(http.StatusOK, "GET", "/api/v1/products", "", &products)
	if l := products.Items[0].LatestRelease; l == nil || l.Open.Total != summary.Open.Total || l.Open.KEV != summary.Open.KEV || l.ComponentCount != 18 {
		t.Errorf("the product's newest release is %+v", l)
	}
	var hits list[struct {
		Component struct{ Version string }
		Findings  int
	}]
	f.want(http.StatusOK, "GET", "/api/v1/components?name=log4j-core&below=2.17", "", &hits)
	if len(hits.Items) != 1 || hits.Items[0].Component.Version != "2.14.1" || hits.Items[0].Findings == 0 {
		t.Errorf("log4j-core below 2.17: %+v", hits.Items)
	}
	f.want(http.StatusOK, "GET", "/api/v1/components?name=log4j-core&below=2.14.1", "", &hits)
	if len(hits.Items) != 0 {
		t.Errorf("log4j-core below 2.14.1: %+v", hits.Items)
	}
	f.want(http.StatusOK, "PATCH", "/api/v1/releases/1", `{"active":false}`, nil)
	f.want(http.StatusOK, "GET", "/api/v1/components?name=log4j-core", "", &hits)
	if len(hits.Items) != 0 {
		t.Errorf("an inactive release is found: %+v", hits.Items)
	}
}
