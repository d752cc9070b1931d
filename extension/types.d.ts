// Shared shapes of data, for the type checker only: not part of the shipped extension. docs/extension.md explains them.

type CueColour = "red" | "amber" | "green" | "grey";
type State = CueColour | "loading" | "none";
type Shape = State;
type Place = "append" | "prepend" | "before" | "after";
type ChatKey = { desk: string; account: string; chat_id: string };
type Messages = Record<string, { message: string }>;
type Words = (key: string, ...values: string[]) => string;

type Reason =
  | "unauthorised" | "forbidden" | "rate_limited" | "unavailable" | "unreachable" | "timed_out" | "server_error"
  | "not_cuelight" | "malformed" | "wrong_chat" | "no_server" | "not_allowed" | "refused" | "stopped" | "stale" | "idle" | "no_background";

/** `points` (reasons only): above zero speaks against the contact being the customer. */
type Line = { code: string; text: string; points?: number };
type CueBody = {
  chat: ChatKey;
  cue: CueColour;
  reasons: Line[];
  not_assessed: Line[];
  advice: Line[];
  would_be: { cue: CueColour; if: string; text: string } | null;
  incident: { incident_id: string; opened_at: string; ends_at: string } | null;
  outcome: { outcome: string; method: string | null; at: string; by: string } | null;
  scored_at: string | null;
  ttl_s: number;
};
type Failure = { ok: false; reason: Reason; retry_after_s: number | null; detail?: string };
type Answer = { ok: true; body: CueBody } | Failure;

type Disclosed = { kind: string; text: string; at: string; by: string };
type Ledger = { chat: ChatKey; disclosures: Disclosed[] };
type LedgerAnswer = { ok: true; body: Ledger } | Failure;
type Habit = { label: string; usual: string[]; now: string | null; differs: boolean | null };
/** `cue` is null where the decision is no longer kept. */
type Contact = { at: string; desk: string; cue: CueColour | null; outcome: string | null; disclosed: string[] };
/** What the owner was asked about this chat, "was this you?", and said; `answer` is null so far. */
type Asked = { at: string; answer: "yes" | "no" | null; answered_at: string | null };
type Details = {
  chat: ChatKey;
  habits: Habit[];
  contacts: Contact[];
  contact_days: number;
  disclosures: Disclosed[];
  notice: Asked | null;
  kinds: { code: string; text: string }[];
  console_url: string | null;
};
type DetailsAnswer = { ok: true; body: Details } | Failure;

/** A token for a day's work. */
type Grant = { enrolment_id: string; name: string; token: string; ttl_s: number };
type GrantAnswer = { ok: true; body: Grant } | Failure;
/** What the vault holds: a code while it is being exchanged; the enrolment, `next` while a renewal is out. */
type Vault = {
  attempt: { server: string; code: string; secret: string };
  enrolled: { server: string; id: string; secret: string; next: string | null };
};

type CueOptions = { signal: AbortSignal; timeout_ms: number };
type ShownReport = { chat: ChatKey | null; seq: number; state: State; reason: string | null };
interface Transport {
  /** `guard`: the words of the disclosure guard; without them nothing is looked at. */
  hello(): Promise<{ messages: Messages; mark: string | null; guard?: GuardWords[] }>;
  open(chat: ChatKey | null, seq: number): void;
  cue(chat: ChatKey, seq: number, options: CueOptions): Promise<Answer>;
  show(report: ShownReport): void;
  details(chat: ChatKey): Promise<boolean>;
}

type Anchor = { selector: string; within?: "pane" | "document"; place: Place; pick?: "first" | "last"; room?: boolean };
type Spot = { element: Element; place: Place; room?: boolean };
type DeskUrl = { host?: string; path: string; query?: Record<string, string>; hash?: string; starts?: string; digits?: boolean };
type Naming = { selector: string; attribute: string; prefix?: string; all_agree?: boolean; when_missing?: "address" | "grey" };
type Desk = {
  desk: string;
  name: string;
  matches: string[];
  account?: string;
  urls: DeskUrl[];
  self_hosted?: boolean;
  pane?: Naming;
  selected?: Naming;
  anchors: Anchor[];
  composers?: string[];
};
/** Where one company runs a desk of its own: `match` is a browser's match pattern. */
type Install = { desk: string; match: string; account?: string };
type Reading = { chat: ChatKey | null; agrees: boolean; panes: Element[]; missing: boolean };
type Adapter = {
  read(): Reading;
  anchor(reading: Reading): Spot | null;
  composer(element: Element): Element | null;
  attributes: string[];
  /** Whether the desk has places for a cue at all, or only the corner of the page. */
  anchored: boolean;
};

type DisclosureKind = "address" | "card" | "email" | "phone" | "code";
/** One language's words for the disclosure guard: guard/*.json. */
type GuardWords = {
  streets?: { shape: "number_name_street" | "suffix_number" | "street_name_number" | "number_street_name"; words: string[]; named_words?: string[] }[];
  not_between?: string[];
  not_streets?: string[];
  after_number?: string[];
  boxes?: string[];
  postcodes?: string[];
  regions?: string[];
  phone_words?: string[];
  phone_groups?: { digits: number[]; starts: string }[];
  card_words?: string[];
  tail_words?: string[];
  code_words?: string[];
  code_not_after?: string[];
  link_words?: string[];
  mailboxes?: string[];
};
/** A word, number or sign of a text; `gap`: before it nothing, a space, or a line's end. */
type Token = { text: string; low: string; kind: "word" | "digits" | "sign"; gap: 0 | 1 | 2 };
type Indexed = (phrases: string[]) => Map<string, string[][]>;
type PhraseAt = (index: Map<string, string[][]>, tokens: Token[], i: number) => number;
interface Disclosures { find(text: string): DisclosureKind[] }

/** The warning beside a composer. */
interface NoteElement {
  show(composer: Element, kinds: DisclosureKind[], state: State): void;
  hide(): void;
}
/** Told what the cue says; warns while it is anything but green. */
interface ComposerGuard { tell(chatName: string, state: State): void }

/** What a segment of an address is: always the same, the chat's id, the account, or anything. */
type Mark = "same" | "chat_id" | "account" | "any";
/** `before`: what stands before the id in its segment ("chat-id-"). */
/** `name`: a parameter's, where it is one. */
type AddressPart = { where: "path" | "query" | "hash"; name?: string; text: string; before: string; mark: Mark };
type CutAddress = { origin: string; hostname: string; match: string; parts: AddressPart[] };
type PickOrder = { messages: Messages; mark: string | null; known: CutAddress | null };
/** What the agent chose on a desk's page: places for the cue, the steadiest first, and the element that names the chat; `within`: they are looked for in it. */
type Picked = { address: string; anchors: string[]; place: Place; pane: { selector: string; attribute: string } | null; within: boolean };
type PickerStep = "open" | "point" | "sample";
interface PickerActs {
  begin(): void;
  cancel(): void;
  take(): void;
  again(): void;
  place(place: Place): void;
  at(x: number, y: number): void;
  choose(): void;
  move(way: "out" | "in" | "past" | "next"): void;
}
interface PickerView {
  host: HTMLElement;
  step(step: PickerStep, places?: Place[], place?: Place): void;
  frame(element: Element | null): void;
  say(text: string): void;
  clear(of: DOMRect | null): void;
}

type Drawing = { state: State; body: CueBody | null; reason: string | null; late: boolean; age_s: number };
interface Sight { forget(): void; look(): "yes" | "hidden" | "covered" }
interface CueElement {
  host: HTMLElement;
  draw(drawing: Drawing): void;
  clear(): void;
  attach(spot: Spot | null): boolean;
  attached(): "yes" | "moved" | "removed" | "hidden" | "covered";
  openCard(): void;
}
type Kept = "placed" | "waiting" | "covered" | "removed" | "look_at_toolbar";
interface Keeper {
  /** Another chat: forget the place and the strikes. */
  reset(): void;
  keep(reading: Reading, now_ms: number): Kept;
}
interface Running { stop(): void; refresh(): void }

type Outcome = { outcome: string; method?: string };
type Current = { chat: ChatKey | null; answer: Answer | null; age_s: number | null };
interface PanelBackend {
  messages: Messages;
  current(): Promise<Current>;
  outcome(chat: ChatKey, outcome: Outcome): Promise<Answer>;
  /** Without these two, the panel shows the cue alone. */
  details?(chat: ChatKey): Promise<DetailsAnswer>;
  disclose?(chat: ChatKey, disclosure: { kinds: string[]; mistaken?: boolean }): Promise<LedgerAnswer>;
  /** Opens the panel where it stays beside the page; null where it does already. */
  dock?: (() => void) | null;
  openOptions: (() => void) | null;
  refresh?: () => void;
  changed(listener: () => void, signal: AbortSignal): void;
}

interface CuelightParts {
  dom: {
    root(): Element | null;
    all(selector: string): Element[];
    allIn(within: Element, selector: string): Element[];
    closest(element: Element, selector: string): Element | null;
    attribute(element: Element, name: string): string | null;
    attributes(element: Element): string[];
    tag(element: Element): string;
    allAt(x: number, y: number): Element[];
    box(element: Element): DOMRect;
    parent(node: Node): ParentNode | null;
    connected(node: Node): boolean;
    make(tag: string, className?: string): HTMLElement;
    say(element: Element, text: string): void;
    said(element: Element): string;
    put(anchor: Element, place: Place, node: Node): boolean;
    at(x: number, y: number): Element | null;
    active(): Element | null;
    textOf(element: Element): string;
    visible(): boolean;
  };
  shapes: {
    paths: Readonly<Record<Shape, { outline: string; glyph: string; dash: readonly number[] | null }>>;
    palette: Readonly<Record<"light" | "dark", Readonly<Record<CueColour, { shape: string; ink: string; tint: string; line: string }>>>>;
    draw(state: string, size_px?: number): SVGElement;
    known(state: string): Shape;
  };
  words(messages: Messages): Words;
  desk: {
    compile(desk: Desk): Adapter;
    match(template: string, text: string, separator?: string): Record<string, string> | null;
    locate(desk: Desk, url: URL): ChatKey | null;
  };
  watch(onChange: () => void, attributes: string[], signal: AbortSignal): void;
  style(): string;
  cueHost: {
    hold(host: HTMLElement, floating: boolean, room: boolean): void;
    isUntouched(host: HTMLElement, held: string): boolean;
    clean(host: HTMLElement): void;
    sight(host: HTMLElement, chip: HTMLElement, signal: AbortSignal): Sight;
    themeBehind(start: Element): "light" | "dark";
    dress(root: ShadowRoot, text?: string): void;
  };
  cue: { make(words: Words, mark: string | null, drawnBy: string, onDetails: () => void, signal: AbortSignal): CueElement };
  streets: { compile(languages: GuardWords[], indexed: Indexed, phraseAt: PhraseAt, isNamed: (token: Token | undefined) => boolean): (tokens: Token[]) => boolean };
  disclosures: { compile(languages: GuardWords[]): Disclosures };
  note: { make(words: Words, drawnBy: string, onDismiss: () => void, signal: AbortSignal): NoteElement };
  composers: { start(options: { words: Words; adapter: Adapter; languages: GuardWords[]; drawnBy: string; signal: AbortSignal }): ComposerGuard };
  /** picker/: in the options page and, while the agent picks, on the desk's page. */
  address: {
    cut(address: string): CutAddress | null;
    like(next: CutAddress, known: CutAddress | null): CutAddress;
    template(address: CutAddress): string;
    named(address: CutAddress, mark: "chat_id" | "account"): string;
    canName(part: AddressPart): boolean;
  };
  selectors: {
    find(element: Element, pane: Element | null, chatId: string): string[];
    paneOf(element: Element, chatId: string): { element: Element; selector: string; attribute: string } | null;
    label(element: Element): string;
    isWritten(name: string, digits?: boolean): boolean;
  };
  pickerView: { make(words: Words, act: PickerActs, signal: AbortSignal): PickerView };
  pick(order: PickOrder): Promise<{ picked: Picked | null }>;
  picking?: AbortController | undefined;
  keeper(cue: CueElement, adapter: Adapter): Keeper;
  guard: {
    life(answerTtl_s: number, now: Clock): Life;
    pause_ms(answer: Answer | null, failures: number, pace: Pace): number | null;
  };
  start(options: { desk: Desk; transport: Transport; drawnBy: "page" | "extension" }): Running;
  running?: Running | undefined;
  listening?: boolean;
}
/** `idle`: no key or pointer for minutes; `open_ms`: how long the chat has been open. */
type Pace = { idle: boolean; hidden: boolean; open_ms: number };
type Clock = { steady_ms: number; wall_ms: number };
type Life = { expired(now: Clock): boolean; left_ms(now: Clock): number; age_s(now: Clock): number };

declare var CuelightContent: CuelightParts;
