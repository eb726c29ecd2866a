// Package search finds anything by its name or id: what the inventory and the intel hold, and people.
package search

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// some is how many of each kind are answered.
const some = 5

// Found is what a text leads to, some of each kind, the nearest first. Lists are never null.
type Found struct {
	Products        []FoundProduct       `json:"products"`
	Releases        []wire.ReleaseRef    `json:"releases"`
	Components      []FoundComponent     `json:"components"`
	Vulnerabilities []FoundVulnerability `json:"vulnerabilities"`
	Reports         []FoundReport        `json:"reports"`
	People          []FoundPerson        `json:"people" doc:"For admins alone; for others empty."`
}

// FoundProduct is a product.
type FoundProduct struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Releases int    `json:"releases"`
}

// FoundComponent is a package, in as many versions.
type FoundComponent struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	Versions  int    `json:"versions"`
}

// FoundVulnerability is a vulnerability.
type FoundVulnerability struct {
	Name     string `json:"name"`
	ID       string `json:"id" doc:"The id that the text led to: the name or another one of it."`
	Summary  string `json:"summary"`
	Severity string `json:"severity" enum:"critical,high,medium,low,none,unknown"`
	Findings int    `json:"findings" doc:"Open findings, counted up to 1,000."`
}

// FoundReport is a threat report.
type FoundReport struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Adversary string `json:"adversary"`
}

// FoundPerson is somebody with an account.
type FoundPerson struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Mail string `json:"mail"`
}

// Handler searches.
type Handler struct {
	inventory *sbom.Store
	intel     *intel.Store
	accounts  *account.Store
}

// Register adds the operation.
func Register(api huma.API, inventory *sbom.Store, known *intel.Store, accounts *account.Store) {
	h := &Handler{inventory, known, accounts}
	huma.Register(api, huma.Operation{
		OperationID: "search", Method: http.MethodGet, Path: "/search", Tags: []string{"Search"}, Errors: wire.Errors(),
		Summary: "Find anything by name or id",
		Description: "Products, releases (`gateway 2.1`), packages, vulnerabilities by any of their ids, threat reports and, for admins, people. " +
			"Less than three letters find products and releases alone.",
	}, h.search)
}

type searchIn struct {
	Query string `query:"q" required:"true" minLength:"1" maxLength:"200" example:"log4j"`
}

type searchOut struct{ Body Found }

func (h *Handler) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	named, err := h.inventory.Find(ctx, in.Query, some)
	if err != nil {
		return nil, err
	}
	flaws, err := h.intel.FindVulnerabilities(ctx, in.Query, some)
	if err != nil {
		return nil, err
	}
	reports, err := h.intel.FindReports(ctx, in.Query, some)
	if err != nil {
		return nil, err
	}
	people := []account.Person{}
	// As the list of people: an admin at the page, never a token.
	if caller := access.CallerOf(ctx); caller.Role == access.Admin && caller.SessionID != "" && len(in.Query) > 2 {
		if people, err = h.accounts.People(ctx, in.Query, 0, some); err != nil {
			return nil, err
		}
	}
	return &searchOut{Found{
		Products:        wire.Slice(named.Products, func(p sbom.NamedProduct) FoundProduct { return FoundProduct(p) }),
		Releases:        wire.Slice(named.Releases, wire.ReleaseRefOf),
		Components:      wire.Slice(named.Components, func(c sbom.NamedComponent) FoundComponent { return FoundComponent(c) }),
		Vulnerabilities: wire.Slice(flaws, func(v intel.NamedVulnerability) FoundVulnerability { return FoundVulnerability(v) }),
		Reports:         wire.Slice(reports, func(r intel.NamedReport) FoundReport { return FoundReport(r) }),
		People:          wire.Slice(people, func(p account.Person) FoundPerson { return FoundPerson{ID: p.ID, Name: p.Name, Mail: p.Mail} }),
	}}, nil
}
