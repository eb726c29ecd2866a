package access

import "context"

// Origin is where a request came from, whoever sent it.
type Origin struct {
	Address   string // the client's address, without its port
	Agent     string // its User-Agent, shortened
	RequestID string
}

// Caller is who sent the request. The zero value is nobody.
type Caller struct {
	PersonID  int64
	Name      string
	Mail      string
	Role      Role   // in products that say nothing else
	SessionID string // empty: the request came with a token
	TokenID   int64  // 0: the request came with a session
	TokenName string
}

// Known reports whether there is a caller.
func (c Caller) Known() bool { return c.PersonID != 0 }

// Grant is what the caller may do with the operation that was asked for.
type Grant struct {
	See    Scope // products that they may know of
	Act    Scope // products on which they may carry out the operation
	Create bool  // they may make a product, where the operation makes one
}

type (
	originKey struct{}
	callerKey struct{}
	grantKey  struct{}
)

// WithOrigin notes where a request came from.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf is where the request came from; the zero value outside of one.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// WithCaller notes who sent a request.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf is who sent the request; the zero value for nobody, and for work of the service itself.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// WithGrant limits what the work of a context may see and change.
func WithGrant(ctx context.Context, g Grant) context.Context {
	return context.WithValue(ctx, grantKey{}, g)
}

// grantOf is the context's grant. Work of the service itself, jobs and commands, has none and sees everything; each request
// gets one that sees nothing before anything else looks at it, see runtime/httpapi.
func grantOf(ctx context.Context) Grant {
	if g, ok := ctx.Value(grantKey{}).(Grant); ok {
		return g
	}
	return Grant{See: All(), Act: All(), Create: true}
}

// See is the set of products that the work of a context may know of.
func See(ctx context.Context) Scope { return grantOf(ctx).See }

// Act is the set of products that it may change.
func Act(ctx context.Context) Scope { return grantOf(ctx).Act }

// MayCreate reports whether it may make products.
func MayCreate(ctx context.Context) bool { return grantOf(ctx).Create }
