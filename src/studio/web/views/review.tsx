// The view that is called review.

export function ReviewQueueView() {
  return <h1>ReviewQueue</h1>;
}
