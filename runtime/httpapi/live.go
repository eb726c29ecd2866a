package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/live"
	"github.com/threatwerk/threatwerk/internal/platform/logging"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

const (
	livePath = "/live"
	// pingEvery keeps proxies from closing what is silent, and finds clients that went without a word.
	pingEvery = 30 * time.Second
	// closeSignedOut is the close code (RFC 6455, 7.4.2: 4000 to 4999 are an application's own) for a session that has ended.
	closeSignedOut websocket.StatusCode = 4401
)

// LiveOptions are what live connections need of the server's.
type LiveOptions struct {
	AppURL string
	Ping   time.Duration // 0: pingEvery
}

// LiveMessage is each text message of a live connection.
type LiveMessage struct {
	Kind       string  `json:"kind" enum:"ready,beat,findings,products,feeds,everything" doc:"ready: connected, sent once; beat: nothing happened, sent with each ping; everything: hints may have been lost, fetch all again; else what changed."`
	ProductIDs []int64 `json:"product_ids,omitempty" doc:"Where. Absent: anywhere."`
	ReleaseIDs []int64 `json:"release_ids,omitempty" doc:"Which releases of them, where that is known."`
}

// isLive says whether a request asks for a live connection.
func isLive(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == prefix+livePath && upgrades(r)
}

func upgrades(r *http.Request) bool {
	return strings.EqualFold(strings.TrimSpace(r.Header.Get("Upgrade")), "websocket")
}

// registerLive adds the operation. It stands here and not among the handlers since a function (Lambda) cannot serve it.
func registerLive(api huma.API, hub *live.Hub, o LiveOptions) {
	if o.Ping <= 0 {
		o.Ping = pingEvery
	}
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[LiveMessage](), true, "LiveMessage")
	huma.Register(api, huma.Operation{
		OperationID: "live", Method: http.MethodGet, Path: livePath, DefaultStatus: http.StatusSwitchingProtocols, Tags: []string{"Live"}, Summary: "Hear of changes (WebSocket)",
		Description: "Opens a WebSocket (RFC 6455) on which the server tells of changes that the caller may see: where to look, never what is there. " +
			"Clients send nothing. Each text message is a LiveMessage. After each connection but the first, and at the kind everything, fetch anew all that is shown.\n\n" +
			"Close codes: 4401 the session or token has ended; 1012 the server restarts, come back after a moment chosen at random. " +
			"Without an Upgrade header the answer says how things stand: 426 here is one, open it; 404 this deployment has none, ask again from time to time; 503 or 429 not now.",
		Errors: wire.Errors(http.StatusNotFound, http.StatusUpgradeRequired, http.StatusTooManyRequests),
		Responses: map[string]*huma.Response{
			"101": {Description: "Switching Protocols", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}},
		},
	}, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		if hub == nil {
			return nil, problem.New(problem.NotFound, "There are no live connections in this deployment; ask again from time to time.").
				With(problem.Fault{Path: "path", Code: "no_live", Message: "functions answer one request each; the container serves live connections"})
		}
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			r, w := humamux.Unwrap(hctx)
			serveLive(w, r.WithContext(ctx), hub, o)
		}}, nil
	})
}

func serveLive(w http.ResponseWriter, r *http.Request, hub *live.Hub, o LiveOptions) {
	if !upgrades(r) {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		p := newProblem(problem.Malformed, "This address serves a WebSocket: ask with Upgrade: websocket.", nil)
		p.Status, p.Title = http.StatusUpgradeRequired, http.StatusText(http.StatusUpgradeRequired)
		answer(w, r, p)
		return
	}
	if !ownPage(r, o.AppURL) {
		refuse(w, r, problem.New(problem.Forbidden, "The request comes from another web site."))
		return
	}
	caller := access.CallerOf(r.Context())
	client, err := hub.Join(caller, access.See(r.Context()))
	if err != nil {
		var known *problem.Error
		if errors.As(err, &known) {
			refuse(w, r, known)
		}
		return
	}
	defer client.Leave()
	// ownPage has looked at the origin.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		noteError(r.Context(), problem.Wrap(problem.Malformed, err, "no WebSocket was opened"))
		return
	}
	// What a client sends is refused by CloseRead; the request's own context has ended its part.
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	why := (&liveConn{conn, client, o.Ping}).talk(conn.CloseRead(ctx))
	logging.Add(r.Context(), zap.String("closed", why))
}

// ownPage reports whether a WebSocket may be opened from where the request says it comes from. Browsers always say so, and send
// cookies whatever page asks; programs bring a token and no origin.
func ownPage(r *http.Request, appURL string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return access.CallerOf(r.Context()).TokenID != 0
	}
	known := originOf(appURL)
	if origin == known {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
		return false
	}
	// The same host without TLS is no page of ours where people reach it by TLS; a developer's own machine is.
	return !strings.HasPrefix(known, "https://") || u.Scheme == "https" || loopback(u.Hostname())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// liveConn is one open connection.
type liveConn struct {
	conn   *websocket.Conn
	client *live.Client
	ping   time.Duration
}

// talk tells the client what happens until either side ends, and says why in a word for the log. A client that does not read
// is given as long as one that does not answer a ping, and is then closed: when it comes back it fetches all anew.
func (l *liveConn) talk(ctx context.Context) string {
	defer func() { _ = l.conn.CloseNow() }() // closed already, most often
	if l.write(ctx, LiveMessage{Kind: "ready"}) != nil {
		return "gone"
	}
	beat := time.Now().Add(l.ping)
	for {
		waiting, cancel := context.WithDeadline(ctx, beat)
		messages, err := l.client.Next(waiting)
		cancel()
		switch {
		case errors.Is(err, live.ErrEnded):
			_ = l.conn.Close(closeSignedOut, "the session has ended")
			return "session ended"
		case errors.Is(err, live.ErrStopping):
			_ = l.conn.Close(websocket.StatusServiceRestart, "the server is stopping")
			return "stopping"
		case ctx.Err() != nil:
			return "client left"
		case err != nil:
			beat = time.Now().Add(l.ping)
			if l.alive(ctx) != nil {
				return "no answer"
			}
			messages = nil
		}
		for _, m := range messages {
			if l.write(ctx, LiveMessage{m.Kind, m.Products, m.Releases}) != nil {
				return "not reading"
			}
		}
	}
}

// alive sends a ping, waits for its answer, and tells the page, which cannot see pings, that the line stands.
func (l *liveConn) alive(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, l.ping/2)
	defer cancel()
	if err := l.conn.Ping(waiting); err != nil {
		return err
	}
	return l.write(ctx, LiveMessage{Kind: "beat"})
}

func (l *liveConn) write(ctx context.Context, m LiveMessage) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	writing, cancel := context.WithTimeout(ctx, l.ping/2)
	defer cancel()
	return l.conn.Write(writing, websocket.MessageText, raw)
}
