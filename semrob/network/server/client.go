package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// TokenVariable names the environment variable with a bearer token.
const TokenVariable = "SEMROB_SERVER_TOKEN"

// Bounds of requests.
const (
	attemptTime = 2 * time.Minute // of one attempt
	maxMetadata = 4 << 20         // bytes
	maxComplain = 400             // bytes of a server's own error that are repeated
)

// patience is how long a request is tried again.
var patience = time.Minute

func newClient() *http.Client {
	return &http.Client{
		Timeout: attemptTime,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 15 * time.Second, MaxIdleConnsPerHost: atOnce, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(request *http.Request, via []*http.Request) error {
			if request.URL.Host != via[0].URL.Host || request.URL.Scheme != via[0].URL.Scheme {
				return fmt.Errorf("the server redirects to %s: name that address if you trust it", request.URL.Host)
			}
			return nil
		},
	}
}

// safeToken refuses to send a token without TLS to another machine.
func safeToken(u *url.URL) error {
	if os.Getenv(TokenVariable) == "" || u.Scheme == "https" {
		return nil
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("the token in $%s would travel without encryption: use https://", TokenVariable)
}

// get reads a JSON document.
func (n *Network) get(ctx context.Context, path string, into any) error {
	body, _, err := n.do(ctx, http.MethodGet, path, nil, 0, maxMetadata)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("the server's answer is not the JSON of the protocol (%w): is %s the address of a model?", err, n.address.Redacted())
	}
	return nil
}

// refusedError is an answer that trying again does not change.
type refusedError struct {
	status  int
	message string
}

func (e *refusedError) Error() string { return e.message }

// do sends a request and returns the body of the answer, of at most so many bytes. It
// tries again, after a while that grows, if the server cannot be reached or says that
// it is busy. headerLength, if not 0, is the length of the JSON before binary tensors.
func (n *Network) do(ctx context.Context, method, path string, body []byte, headerLength, most int) ([]byte, http.Header, error) {
	type answer struct {
		body   []byte
		header http.Header
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 200*time.Millisecond, 10*time.Second
	result, err := backoff.Retry(ctx, func() (answer, error) {
		body, header, err := n.once(ctx, method, path, body, headerLength, most)
		if refused := new(refusedError); errors.As(err, &refused) || ctx.Err() != nil {
			return answer{}, backoff.Permanent(err)
		}
		return answer{body, header}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(patience))
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if final := new(backoff.PermanentError); errors.As(err, &final) {
		err = final.Unwrap()
	} else if err != nil {
		err = fmt.Errorf("%w, and did so for %v", err, patience)
	}
	return result.body, result.header, err
}

// once is do without trying again.
func (n *Network) once(ctx context.Context, method, path string, body []byte, headerLength, most int) ([]byte, http.Header, error) {
	u := *n.address
	u.Path, u.RawPath = path, ""
	request, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, &refusedError{0, err.Error()}
	}
	request.Header.Set("Accept", "application/json, application/octet-stream")
	if token := os.Getenv(TokenVariable); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if headerLength > 0 {
		request.Header.Set("Content-Type", "application/octet-stream")
		request.Header.Set(lengthHeader, strconv.Itoa(headerLength))
	}
	response, err := n.client.Do(request)
	if err != nil {
		return nil, nil, explained(u.Host, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, int64(most)+1))
	if err != nil {
		return nil, nil, fmt.Errorf("the server %s broke off its answer (%w)", u.Host, err)
	}
	switch code := response.StatusCode; {
	case code == http.StatusOK && len(text) > most:
		return nil, nil, &refusedError{code, fmt.Sprintf("the server's answer is longer than the %d bytes that its scores can need", most)}
	case code == http.StatusOK:
		return text, response.Header, nil
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		err := fmt.Errorf("the server %s answers %s%s", u.Host, response.Status, complaint(text))
		if seconds, wrong := strconv.Atoi(response.Header.Get("Retry-After")); wrong == nil && seconds > 0 && seconds <= 60 {
			return nil, nil, errors.Join(err, backoff.RetryAfter(seconds))
		}
		return nil, nil, err
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return nil, nil, &refusedError{code, fmt.Sprintf("the server refuses access (%s)%s: give its token in $%s", response.Status, complaint(text), TokenVariable)}
	case code == http.StatusNotFound:
		return nil, nil, &refusedError{code, fmt.Sprintf("the server has no such model (%s)%s", response.Status, complaint(text))}
	default:
		return nil, nil, &refusedError{code, fmt.Sprintf("the server answers %s%s", response.Status, complaint(text))}
	}
}

// explained turns an error of a connection into a sentence. A certificate that is not
// trusted, and an address that does not exist, stay so.
func explained(host string, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	text := err.Error()
	var name *net.DNSError
	switch {
	case strings.Contains(text, "the server redirects"), strings.Contains(text, "server gave HTTP response to HTTPS client"), strings.Contains(text, "malformed HTTP response"):
		return &refusedError{0, text}
	case strings.Contains(text, "tls:") || strings.Contains(text, "x509:"):
		return &refusedError{0, fmt.Sprintf("the connection to %s is not secure (%s): $SSL_CERT_FILE names the certificates to trust", host, text)}
	case errors.As(err, &name) && name.IsNotFound:
		return &refusedError{0, fmt.Sprintf("there is no host %s", name.Name)}
	}
	return fmt.Errorf("the server %s does not answer (%w)", host, err)
}

// complaint returns the protocol's error in a body, or its beginning.
func complaint(body []byte) string {
	var said struct {
		Error  string `json:"error"`
		Detail any    `json:"detail"`
	}
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(body), "�")), " ")
	if json.Unmarshal(body, &said) == nil && said.Error != "" {
		text = strings.Join(strings.Fields(said.Error), " ")
	}
	if text == "" {
		return ""
	}
	if len(text) > maxComplain {
		text = strings.ToValidUTF8(text[:maxComplain], "") + " …"
	}
	return fmt.Sprintf(": %q", text)
}
