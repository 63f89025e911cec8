//! Trains an LSTM to spell "hello hello hello ...", saves it, loads it again and lets it spell; then trains another by
//! an optimiser and the library's own loop.

mod rnn;

use std::error::Error;

const WORD: &[u8] = b"hello ";
const LETTERS: &[u8] = b" ehlo";
const STEPS: usize = 20;
const STARTS: [usize; 4] = [0, 1, 4, 5]; // four sequences: they begin at h, e, o and the space ...
const LENGTHS: [i32; 4] = [20, 13, 17, 5]; // ... and have different lengths
const BATCH: usize = STARTS.len();
const CLASSES: usize = LETTERS.len();

fn number(letter: u8) -> i32 {
    LETTERS.iter().position(|&other| other == letter).unwrap() as i32
}

/// The letters of all sequences, `ahead` steps further on: [STEPS, BATCH].
fn letters(ahead: usize) -> Vec<i32> {
    let at = |t: usize, start: usize| number(WORD[(start + t + ahead) % WORD.len()]);
    (0..STEPS).flat_map(|t| STARTS.map(|start| at(t, start))).collect()
}

/// Returns the losses of the first and the last round.
fn train(model: &rnn::Model) -> rnn::Result<(f64, f64)> {
    let tokens = letters(0);
    // Targets of -100 past the end of a sequence do not count.
    let counts = |i: usize| ((i / BATCH) as i32) < LENGTHS[i % BATCH];
    let targets: Vec<i32> = (0..).zip(letters(1)).map(|(i, target)| if counts(i) { target } else { -100 }).collect();
    let mut logits = vec![0.0; STEPS * BATCH * CLASSES];
    let mut dlogits = logits.clone();
    let mut losses = Vec::new();
    let mut session = rnn::Session::new(model, rnn::TRAINING)?;
    for _ in 0..300 {
        session.reset_state(BATCH)?;
        session.forward_tokens(&mut logits, &tokens, Some(&LENGTHS), STEPS)?;
        let loss = rnn::softmax_cross_entropy(Some(&mut dlogits), &logits, &targets, CLASSES)?;
        session.zero_gradients()?;
        session.backward(None, Some(&dlogits))?;
        session.clip_gradient_norm(1.0)?;
        session.sgd_step(0.5)?;
        losses.push(loss);
    }
    Ok((losses[0], losses[losses.len() - 1]))
}

fn outputs(model: &rnn::Model, threads: usize) -> rnn::Result<Vec<u32>> {
    let mut logits = vec![0.0; STEPS * BATCH * CLASSES];
    let mut session = rnn::Session::new(model, rnn::INFERENCE)?;
    session.set_threads(threads)?;
    session.reset_state(BATCH)?;
    session.forward_tokens(&mut logits, &letters(0), Some(&LENGTHS), STEPS)?;
    Ok(logits.iter().map(|value: &f32| value.to_bits()).collect())
}

/// One letter at a time.
fn spell(model: &rnn::Model, length: usize) -> rnn::Result<String> {
    let mut text = vec![WORD[0]];
    let mut logits = [0.0; CLASSES];
    let mut session = rnn::Session::new(model, rnn::INFERENCE)?;
    while text.len() < length {
        session.step_tokens(&mut logits, &[number(text[text.len() - 1])])?;
        let best = (0..CLASSES).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap();
        text.push(LETTERS[best]);
    }
    Ok(String::from_utf8(text).unwrap())
}

/// Ten updates by an optimiser.
fn train_by(optimizer: &mut rnn::Optimizer, cross_entropy: &mut rnn::Loss, model: &rnn::Model) -> rnn::Result<()> {
    let mut logits = vec![0.0; STEPS * BATCH * CLASSES];
    let mut dlogits = logits.clone();
    let mut session = rnn::Session::new(model, rnn::TRAINING)?;
    for _ in 0..10 {
        session.reset_state(BATCH)?;
        session.forward_tokens(&mut logits, &letters(0), Some(&LENGTHS), STEPS)?;
        cross_entropy.set_batch_of_session(&session)?; // shape and lengths
        cross_entropy.of_classes(Some(&mut dlogits), &logits, &letters(1))?;
        session.zero_gradients()?;
        session.backward(None, Some(&dlogits))?;
        optimizer.step(&mut session)?;
    }
    Ok(())
}

/// By Adam, step by step and then by `fit`, which the callback stops as soon as an epoch's loss is small.
fn fit(model: &rnn::Model, enough: f64) -> rnn::Result<()> {
    let mut adam = rnn::Optimizer::for_model(rnn::OPTIMIZER_ADAM, model)?;
    adam.set_real(rnn::RATE, 0.02)?;
    adam.set_real(rnn::WEIGHT_DECAY, 1e-5)?;
    adam.set_tensors_real("bias_", rnn::DECAY_FACTOR, 0.0)?;
    assert_eq!(adam.get_tensor_real("bias_ih_l0", rnn::DECAY_FACTOR)?, 0.0);
    let mut cross_entropy = rnn::Loss::new(rnn::LOSS_CROSS_ENTROPY)?;
    train_by(&mut adam, &mut cross_entropy, model)?;
    assert_eq!(adam.get_int(rnn::UPDATES)?, 10);
    let mut dataset = rnn::Dataset::new()?;
    let column = |letters: &[i32], b: usize| letters.iter().skip(b).step_by(BATCH).copied().collect::<Vec<i32>>();
    for b in 0..BATCH {
        let (tokens, targets) = (column(&letters(0), b), column(&letters(1), b));
        let index = dataset.add(rnn::Input::Tokens(&tokens))?;
        dataset.set_classes(index, &targets)?;
    }
    let mut trainer = rnn::Trainer::new(model, &adam, &cross_entropy)?;
    trainer.set_int(rnn::EPOCHS, 1000)?;
    let stopped = trainer.fit(&dataset, None, &mut |trainer, event| {
        event == rnn::EVENT_EPOCH && trainer.get_real(rnn::TRAINING_LOSS).unwrap() < enough
    })?;
    let (epochs, (loss, accuracy)) = (trainer.get_int(rnn::EPOCH)?, trainer.evaluate(&dataset)?);
    println!("fit stopped after {} epochs: loss {:.4}, accuracy {:.0}%", epochs, loss, 100.0 * accuracy);
    assert!(stopped && epochs < 1000 && loss < 2.0 * enough, "the callback did not stop fit");
    Ok(())
}

/// The likeliest word, by beam search.
fn likeliest(model: &rnn::Model) -> rnn::Result<Vec<u8>> {
    let mut beam = rnn::Decoder::new(rnn::DECODER_BEAM)?;
    beam.set_int(rnn::BEAM_WIDTH, 3)?;
    beam.set_int(rnn::MAXIMUM_LENGTH, 10)?;
    beam.set_int(rnn::START_TOKEN, number(b'h') as i64)?;
    beam.set_int(rnn::END_TOKEN, number(b' ') as i64)?;
    let best = &beam.search(&mut rnn::Session::new(model, rnn::INFERENCE)?, CLASSES)?[0];
    Ok(best.tokens.iter().map(|&token| LETTERS[token as usize]).collect())
}

/// A loss of one's own, with its sum and its gradient; and what it panics with.
fn custom_losses() -> rnn::Result<()> {
    let mut loss = rnn::Loss::custom(Box::new(|batch, y, mut dy| {
        let mut sum = 0.0;
        for (i, (y, value)) in y.iter().zip(batch.values.unwrap()).enumerate() {
            sum += f64::from((y - value).abs());
            if let Some(dy) = dy.as_deref_mut() {
                dy[i] = (y - value).signum();
            }
        }
        sum
    }))?;
    let mut dy = [0.0; 4];
    loss.set_batch(None, (2, 1, 2))?;
    assert_eq!(loss.of_values(Some(&mut dy), &[1.0, 1.0, -1.0, 3.0], &[0.0; 4])?, 1.5);
    assert_eq!(dy, [0.25, 0.25, -0.25, 0.25]);
    let mut failing = rnn::Loss::custom(Box::new(|_, _, _| std::panic::resume_unwind(Box::new("mine"))))?;
    failing.set_batch(None, (2, 1, 2))?;
    let call = std::panic::AssertUnwindSafe(|| failing.of_values(None, &[0.0; 4], &[0.0; 4]).is_ok());
    assert_eq!(std::panic::catch_unwind(call).unwrap_err().downcast_ref(), Some(&"mine"));
    Ok(())
}

/// From logits to classes, and labels without their steps.
fn decode() -> rnn::Result<()> {
    let mut token = [0];
    let mut sampling = rnn::Decoder::new(rnn::DECODER_SAMPLING)?;
    sampling.set_real(rnn::TEMPERATURE, 0.0)?;
    sampling.sample(&mut token, &[0.0, 3.0, 1.0], 3)?;
    assert_eq!(token, [1]);
    // Of the 27 paths of three steps over three equal classes six say "1".
    let mut ctc = rnn::Loss::new(rnn::LOSS_CTC)?;
    ctc.set_batch(None, (3, 1, 3))?;
    let loss = ctc.of_classes(None, &[0.0; 9], &[1])?;
    assert!((loss - (27f64 / 6.0).ln()).abs() < 1e-6);
    let mut greedy = rnn::Decoder::new(rnn::DECODER_CTC_GREEDY)?;
    let best = &greedy.decode(&[0.0, 9.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0, 9.0], None, (3, 1, 3))?[0][0];
    assert_eq!(best.tokens, [1, 2], "the best path is 1 blank 2");
    assert_eq!(best.steps, [0, 2], "the labels begin at the first and the last step");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut config = rnn::Config::new()?;
    config.set_int(rnn::CELL, rnn::CELL_LSTM as i64)?;
    config.set_int(rnn::VOCABULARY, CLASSES as i64)?;
    config.set_int(rnn::HIDDEN_SIZE, 16)?;
    config.set_int(rnn::CLASSES, CLASSES as i64)?;
    config.set_int(rnn::SEED, 1)?;
    let model = rnn::Model::new(&mut config)?;

    // Training: the loss must fall to less than a tenth.
    let (first, last) = train(&model)?;
    println!("librnn {}: loss {:.4} at the start, {:.4} at the end", rnn::version(), first, last);
    assert!(last < 0.1 * first, "the loss did not fall");

    // A checkpoint gives the same network, and two threads give what one gives: the same output, bit for bit.
    let path = std::env::temp_dir().join(format!("hello-{}.safetensors", std::process::id()));
    model.save(&path)?;
    let loaded = rnn::Model::load(&path);
    std::fs::remove_file(&path)?;
    let loaded = loaded?;
    assert_eq!(outputs(&model, 1)?, outputs(&loaded, 1)?, "the loaded network computes something else");
    assert_eq!(outputs(&model, 1)?, outputs(&model, 2)?, "two threads compute something else");

    let text = spell(&loaded, 18)?;
    println!("it spells: {}", text);
    assert_eq!(text, "hello hello hello ");

    // A buffer of the wrong length is an error with a message, never a crash.
    let mut session = rnn::Session::new(&model, rnn::INFERENCE)?;
    session.reset_state(BATCH)?;
    let mut logits = vec![0.0; STEPS * BATCH * CLASSES];
    let error = session.forward_tokens(&mut logits, &letters(0)[1..], None, STEPS).unwrap_err();
    println!("as expected: {}", error);
    assert!(error.status == rnn::E_SIZE && error.message.contains("tokens"));

    let network = rnn::Model::new(&mut config)?;
    fit(&network, 0.1 * first)?;
    assert_eq!(likeliest(&network)?, b"ello ");
    custom_losses()?;
    decode()?;
    Ok(())
}
