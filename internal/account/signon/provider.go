// Package signon asks a provider of single sign-on who somebody is: OpenID Connect Core 1.0, authorisation code flow with PKCE
// (RFC 7636). What that means for accounts is decided in internal/account.
package signon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Config says who the provider is and what is taken of it.
type Config struct {
	Issuer, ClientID string
	// Secret is empty for a client without one, which PKCE alone protects.
	Secret   string
	Name     string // for people
	Redirect string // the address that the provider sends people back to
	Scopes   []string
	// GroupClaim names the groups of a person: a claim, or a path through claims with dots. Roles is what they give: the highest
	// counts; the group * is everyone. Without any, roles are given in ThreatWerk alone.
	GroupClaim string
	Roles      []GroupRole
	// HTTP reaches the provider; nil: a client of its own.
	HTTP *http.Client
	// Now is the clock; nil: the system's.
	Now func() time.Time
}

// GroupRole is what being in a group gives.
type GroupRole struct {
	Group string
	Role  access.Role
}

const (
	// callTimeout bounds each call, for a person waits for it.
	callTimeout = 10 * time.Second
	// retryAfter is how long a provider that did not answer is left alone.
	retryAfter = 3 * time.Second
)

// Provider implements account.SignOn. It asks for the provider's description when it is first needed: a server starts without.
type Provider struct {
	config Config
	mu     sync.Mutex
	found  *discovered
	failed time.Time
	why    error
}

var _ account.SignOn = (*Provider)(nil)

// discovered is what a provider says of itself.
type discovered struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
}

// New makes a provider of its settings.
func New(c Config) *Provider {
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: callTimeout}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Provider{config: c}
}

// Name implements account.SignOn.
func (p *Provider) Name() string { return p.config.Name }

// Issuer implements account.SignOn.
func (p *Provider) Issuer() string { return p.config.Issuer }

// Begin implements account.SignOn.
func (p *Provider) Begin(ctx context.Context, r account.SignOnRequest) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(r.Nonce), oauth2.S256ChallengeOption(r.Verifier)}
	if r.Again {
		// Some providers know the one, some the other.
		options = append(options, oauth2.SetAuthURLParam("max_age", "0"), oauth2.SetAuthURLParam("prompt", "login"))
	}
	return d.oauth.AuthCodeURL(r.State, options...), nil
}

// Finish implements account.SignOn.
func (p *Provider) Finish(ctx context.Context, answer account.SignOnAnswer, r account.SignOnRequest) (account.Claims, error) {
	if answer.Issuer != "" && answer.Issuer != p.config.Issuer {
		return account.Claims{}, fmt.Errorf("the answer comes from %q (RFC 9207)", answer.Issuer)
	}
	d, err := p.discover(ctx)
	if err != nil {
		return account.Claims{}, err
	}
	ctx = oidc.ClientContext(ctx, p.config.HTTP)
	tokens, err := d.oauth.Exchange(ctx, answer.Code, oauth2.VerifierOption(r.Verifier))
	if err != nil {
		return account.Claims{}, fmt.Errorf("exchange the code: %w", withoutBody(err))
	}
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return account.Claims{}, errors.New("the provider gave no ID token")
	}
	id, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return account.Claims{}, fmt.Errorf("verify the ID token: %w", err)
	}
	if id.Nonce == "" || id.Nonce != r.Nonce {
		return account.Claims{}, errors.New("the ID token answers another request: its nonce differs")
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(tokens.AccessToken); err != nil {
			return account.Claims{}, fmt.Errorf("verify the access token: %w", err)
		}
	}
	said := map[string]any{}
	if err := id.Claims(&said); err != nil {
		return account.Claims{}, fmt.Errorf("read the ID token: %w", err)
	}
	// Core, section 3.1.3.7: a token for several must name us as the one that it was made for.
	if azp, _ := said["azp"].(string); len(id.Audience) > 1 && azp != p.config.ClientID || azp != "" && azp != p.config.ClientID {
		return account.Claims{}, errors.New("the ID token was made for another client")
	}
	if err := p.complete(ctx, d, tokens, id.Subject, said); err != nil {
		return account.Claims{}, err
	}
	return p.read(id, said), nil
}

// complete asks the provider for what it keeps out of ID tokens.
func (p *Provider) complete(ctx context.Context, d *discovered, tokens *oauth2.Token, subject string, said map[string]any) error {
	_, mail := said["email"]
	_, groups := lookup(said, p.config.GroupClaim)
	if mail && (groups || len(p.config.Roles) == 0) || d.provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return fmt.Errorf("ask for the person's claims: %w", err)
	}
	if info.Subject != subject { // Core, section 5.3.2
		return errors.New("the provider spoke of another person than the ID token")
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("read the person's claims: %w", err)
	}
	if !mail {
		// Both or neither: a mail address is as good as the word on it from the same place.
		for _, name := range []string{"email", "email_verified", "xms_edov"} {
			delete(said, name)
		}
	}
	for name, value := range more {
		if _, held := said[name]; !held && (!mail || name != "email_verified" && name != "xms_edov") {
			said[name] = value
		}
	}
	return nil
}

func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	now := p.config.Now()
	if p.why != nil && now.Sub(p.failed) < retryAfter {
		return nil, p.why
	}
	// The provider keeps this context to fetch keys with: it outlives the request.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.config.HTTP), p.config.Issuer)
	if err != nil {
		p.failed, p.why = now, fmt.Errorf("%w: %w", account.ErrSignOnUnreachable, err)
		return nil, p.why
	}
	var more struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, fmt.Errorf("read what the provider says of itself: %w", err)
	}
	endpoint := provider.Endpoint()
	// Trying both would use the code up. Basic is what holds when a provider does not say (Discovery, section 3).
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if p.config.Secret == "" || len(more.Methods) > 0 && !slices.Contains(more.Methods, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	p.found = &discovered{
		provider: provider,
		verifier: provider.Verifier(&oidc.Config{ClientID: p.config.ClientID, Now: p.config.Now}),
		oauth: oauth2.Config{
			ClientID: p.config.ClientID, ClientSecret: p.config.Secret, Endpoint: endpoint, RedirectURL: p.config.Redirect, Scopes: p.config.Scopes,
		},
	}
	return p.found, nil
}

// withoutBody keeps what the token endpoint answered, which may hold tokens, out of the log.
func withoutBody(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return fmt.Errorf("the provider refused it: %s %s", refused.ErrorCode, http.StatusText(refused.Response.StatusCode))
	}
	return err
}
