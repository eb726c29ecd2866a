// Package httpapi puts the endpoints of handlers on HTTP: the router, what surrounds every request, errors as RFC 9457
// problems, the OpenAPI document, and the page.
package httpapi

import (
	"encoding/json"
	"fmt"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"github.com/gorilla/mux"

	"github.com/threatwerk/threatwerk/handlers/account"
	"github.com/threatwerk/threatwerk/handlers/audit"
	"github.com/threatwerk/threatwerk/handlers/component"
	"github.com/threatwerk/threatwerk/handlers/document"
	"github.com/threatwerk/threatwerk/handlers/explain"
	"github.com/threatwerk/threatwerk/handlers/feed"
	"github.com/threatwerk/threatwerk/handlers/finding"
	"github.com/threatwerk/threatwerk/handlers/health"
	"github.com/threatwerk/threatwerk/handlers/home"
	"github.com/threatwerk/threatwerk/handlers/intel"
	"github.com/threatwerk/threatwerk/handlers/job"
	licenses "github.com/threatwerk/threatwerk/handlers/license"
	"github.com/threatwerk/threatwerk/handlers/mail"
	"github.com/threatwerk/threatwerk/handlers/product"
	"github.com/threatwerk/threatwerk/handlers/release"
	"github.com/threatwerk/threatwerk/handlers/report"
	"github.com/threatwerk/threatwerk/handlers/search"
	"github.com/threatwerk/threatwerk/handlers/session"
	"github.com/threatwerk/threatwerk/handlers/system"
	"github.com/threatwerk/threatwerk/handlers/team"
	"github.com/threatwerk/threatwerk/handlers/token"
	"github.com/threatwerk/threatwerk/handlers/vulnerability"
	accounts "github.com/threatwerk/threatwerk/internal/account"
	findings "github.com/threatwerk/threatwerk/internal/finding"
	advisories "github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/license"
	"github.com/threatwerk/threatwerk/internal/matching"
	letters "github.com/threatwerk/threatwerk/internal/notify/mail"
	"github.com/threatwerk/threatwerk/internal/platform/live"
	"github.com/threatwerk/threatwerk/internal/platform/queue"
	installation "github.com/threatwerk/threatwerk/internal/platform/system"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Services are what the endpoints call.
type Services struct {
	Version   string
	Accounts  *accounts.Store
	Inventory *sbom.Store
	Findings  *findings.Store
	Intel     *advisories.Store
	Reports   advisories.ReportRules // what is kept of threat reports
	Explain   *matching.Explainer
	Feeds     *poll.Desk
	Queue     *queue.Reader
	Limits    sbom.Limits // of one uploaded document
	License   func() license.State
	System    *installation.Reader
	Live      *live.Hub // nil: this process has no live connections, and pages ask again from time to time
	Mail      *letters.Desk
}

// prefix stands before every path of the API but /health.
const prefix = "/api/v1"

// mount adds every operation to a router.
func mount(router *mux.Router, s Services, callers *known, o LiveOptions) huma.API {
	config := huma.DefaultConfig("ThreatWerk", "1")
	config.Info.Description = "Which known vulnerabilities reach what you ship, why, and the smallest upgrade that ends it."
	config.OpenAPIPath = "/api/openapi"
	config.DocsPath, config.SchemasPath = "", ""
	config.CreateHooks = nil // no $schema in answers
	config.Tags = tags()
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-threatwerk_session", Description: "Set by signing in; without the prefix where the page is served without TLS."},
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token: twk_..."},
	}
	config.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	// A filter with a slip in its name must not answer with everything.
	config.RejectUnknownQueryParameters = true
	api := humamux.New(router, config)

	api.UseMiddleware((&gate{api: api, accounts: s.Accounts, known: callers}).admit)
	health.Register(api, s.Version)
	v1 := huma.NewGroup(api, prefix)
	home.Register(v1, s.Findings)
	product.Register(v1, s.Inventory, s.Findings)
	release.Register(v1, s.Inventory, s.Findings)
	document.Register(v1, s.Inventory, s.Limits)
	component.Register(v1, s.Inventory)
	finding.Register(v1, s.Findings, s.Intel)
	vulnerability.Register(v1, s.Intel, s.Findings)
	explain.Register(v1, s.Explain)
	report.Register(v1, s.Intel, s.Reports)
	intel.Register(v1, s.Intel)
	feed.Register(v1, s.Feeds)
	job.Register(v1, s.Queue)
	licenses.Register(v1, s.License, s.Accounts)
	mail.Register(v1, s.Mail)
	search.Register(v1, s.Inventory, s.Intel, s.Accounts)
	system.Register(v1, s.Version, s.System)
	session.Register(v1, s.Accounts, cookies(s.Accounts))
	account.Register(v1, s.Accounts)
	token.Register(v1, s.Accounts)
	team.Register(v1, s.Accounts)
	audit.Register(v1, s.Accounts)
	registerLive(v1, s.Live, o)
	describeAccess(api.OpenAPI())
	return api
}

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "Home", Description: "What changed, how it develops, and what is worst."},
		{Name: "Products", Description: "What the team ships or runs."},
		{Name: "Releases", Description: "Versions of a product. The active ones count in figures."},
		{Name: "SBOMs", Description: "Documents that describe a release; the newest accepted one is current."},
		{Name: "Findings", Description: "Release × component × vulnerability, with the evidence; and what is to check, not covered or to upgrade."},
		{Name: "Components", Description: "Search over the whole portfolio."},
		{Name: "Search", Description: "Anything, by name or id."},
		{Name: "Vulnerabilities", Description: "What the world knows of one flaw, and where it reaches."},
		{Name: "Threat reports", Description: "Who attacks whom with what, and what of it touches us."},
		{Name: "Intel", Description: "State of what the feeds say."},
		{Name: "Sign-in", Description: "Ways in and out."},
		{Name: "Account", Description: "One's own account: sessions, password, API tokens."},
		{Name: "People", Description: "Everyone's accounts, teams, and the record of who did what."},
		{Name: "Live", Description: "Word of changes while a page is open."},
		{Name: "Jobs", Description: "Background work."},
		{Name: "Service", Description: "The process itself."},
	}
}

// Document is the OpenAPI document, indented, without anything that differs between builds. It needs no service.
func Document() ([]byte, error) {
	document, err := json.MarshalIndent(mount(mux.NewRouter(), Services{}, nil, LiveOptions{}).OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return append(document, '\n'), nil
}
