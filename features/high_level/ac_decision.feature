# What the pilot does, whatever happens between plug and energy: the table of ARCHITECTURE.md, cell by cell, against cars that speak,
# cars that do not, and cars that wake late. ISO 15118-3 clauses 7 and 8, IEC 61851-1 annex A.
Feature: The decision between messages and duty

  # --- A badge before the plug ---

  @FH-A13
  Scenario Outline: <car> comes to a driver who was let in before: the nominal duty at once
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "<car>"
    And the car speaks ISO 15118-2 with alternating current
    When the card 04CA2D01 is held to the reader
    And 2 s pass
    And the driver plugs in
    Then within 2 s the pilot duty is 53.3 %
    And within 10 s the contactor closes
    And for 25 s no modems are matched
    And for 5 s the contactor stays closed

    Examples:
      | car           |
      | audi-q4       |
      | mercedes-eqe  |
      | skoda-enyaq   |
      | taycan-11     |
      | tesla-model-y |
      | vw-id3        |

  @FH-A13
  Scenario: A car that does not speak comes to a driver who was let in before
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car does not speak
    When the card 04CA2D01 is held to the reader
    And 2 s pass
    And the driver plugs in
    Then within 2 s the pilot duty is 53.3 %
    And within 10 s the contactor closes
    And for 30 s the pilot is never in state F

  @FH-A13
  Scenario Outline: A charger that speaks in any case invites <what> also after a badge
    Given a charger with the configuration
      """
      [pilot]
      badge_first = "digital"
      """
    And a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "vw-id3"
    And <sentence>
    When the card 04CA2D01 is held to the reader
    And 2 s pass
    And the driver plugs in
    Then within 1 s the pilot duty is 5.0 %
    And within 40 s the contactor closes
    And the pilot duty cycle is <duty>

    Examples:
      | what              | sentence                                              | duty                      |
      | one that speaks   | the car speaks ISO 15118-2 with alternating current   | between 4.9 % and 5.1 %   |
      | one that does not | the car does not speak                                | between 53.2 % and 53.4 % |

  @FH-A13
  Scenario Outline: Direct current has no duty: <car> is invited also after a badge
    Given a charger with a DC supply
    And a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "<car>"
    And the car speaks <protocol> with direct current
    When the card 04CA2D01 is held to the reader
    And 2 s pass
    And the driver plugs in
    Then within 1 s the pilot duty is 5.0 %
    And within 70 s CurrentDemandRes is said

    Examples:
      | car      | protocol    |
      | audi-q4  | DIN 70121   |
      | vw-id3   | ISO 15118-2 |

  # --- The car first ---

  Scenario Outline: <car> speaks and waits at 5 % for its driver, and charges by messages
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "<car>"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 1 s the pilot duty is 5.0 %
    And within 15 s the data link is up
    And for 15 s the pilot duty stays 5.0 %
    And the contactor is open
    When the card 04CA2D01 is held to the reader
    Then within 20 s ChargingStatusRes is said
    And within 5 s the contactor closes
    And for 10 s the pilot duty stays 5.0 %

    Examples:
      | car          |
      | audi-q4      |
      | taycan-11    |
      | vw-id3       |

  @SL-08
  Scenario Outline: A car that asks for a matching <delay> after the duty of 5 % is matched
    Given a charger with the configuration
      """
      [pilot]
      link_timeout_s = <patience>
      """
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And the car waits <delay> before it asks for a matching
    When the driver plugs in
    Then within 55 s the modems are matched
    And within 10 s the data link is up
    And within 20 s the contactor closes
    And the pilot duty cycle is between 4.9 % and 5.1 %
    And for 5 s the pilot is never in state F

    Examples:
      | delay   | patience |
      | 50 ms   | 20       |
      | 10 s    | 20       |
      | 15 s    | 20       |
      | 19500 ms | 20      |
      | 30 s    | 50       |
      | 49 s    | 50       |

  @SL-08
  Scenario: A car that wakes after the invitation has ended charges by the duty
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And the car waits 30 s before it asks for a matching
    When the driver plugs in
    Then within 21 s the pilot is in state F
    And for 3900 ms the pilot stays in state F
    And within 1 s the pilot duty is 53.3 %
    And within 10 s the contactor closes
    And for 30 s no modems are matched

  @SL-08
  Scenario: With direct current a car that wakes too late is never offered a duty
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with direct current
    And the car waits 30 s before it asks for a matching
    When the driver plugs in
    Then within 21 s the pilot is in state F
    And within 5 s the pilot duty is 5.0 %
    And for 15 s the pilot duty stays 5.0 %
    And for 60 s the contactor stays open

  # --- No SLAC ---

  @SL-02
  Scenario: Nobody is let in and nobody is heard: three invitations, then X1, and the badge still works
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car does not speak
    When the driver plugs in
    Then within 21 s the pilot is in state F
    And for 3900 ms the pilot stays in state F
    And within 1 s the pilot duty is 5.0 %
    And for 19 s the pilot duty stays 5.0 %
    And within 2 s the pilot is in state F
    And within 5 s the pilot duty is 5.0 %
    And for 19 s the pilot duty stays 5.0 %
    And within 2 s the pilot is in state F
    And within 5 s the pilot is in state B
    And the pilot carries no PWM
    And for 40 s the contactor stays open
    When the card 04CA2D01 is held to the reader
    Then within 2 s the pilot duty is 53.3 %
    And within 10 s the contactor closes

  @SL-02
  Scenario Outline: A charger that invites <again>: X1 after <time>
    Given a charger with the configuration
      """
      [pilot]
      link_retries = <retries>
      """
    And a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car does not speak
    When the driver plugs in
    And <time> pass
    Then within 500 ms the pilot is in state B
    And for 30 s the pilot stays in state B
    And the pilot carries no PWM

    Examples:
      | again      | retries | time  |
      | once       | 0       | 24 s  |
      | once more  | 1       | 48 s  |

  @SL-02
  Scenario Outline: A driver who shows a badge <when> gets the nominal duty <time> later at the latest
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car does not speak
    When the driver plugs in
    And <when> pass
    And the card 04CA2D01 is held to the reader
    Then within <time> the pilot duty is 53.3 %
    And within 10 s the contactor closes

    Examples: in the first invitation, in state F, in the second invitation, in the third
      | when | time    |
      | 5 s  | 20 s    |
      | 22 s | 3 s     |
      | 30 s | 4500 ms |
      | 60 s | 4500 ms |

  @SL-02
  Scenario: Where nobody needs a token a car that does not speak charges after one invitation
    Given a charger with high-level communication
    And nobody needs a token
    And the car does not speak
    When the driver plugs in
    Then within 21 s the pilot is in state F
    And for 3900 ms the pilot stays in state F
    And within 1 s the pilot duty is 53.3 %
    And within 10 s the contactor closes
    And the pilot signal was F once

  @SL-02
  Scenario: At direct current a car that does not speak is invited for ever and never offered a duty
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car does not speak
    When the driver plugs in
    And 100 s pass
    Then within 30 s the pilot is in state F
    And within 5 s the pilot duty is 5.0 %
    And for 19 s the pilot duty stays 5.0 %
    And the contactor is open

  # --- SLAC failed ---

  @FH-A6
  Scenario Outline: A matching that fails while <who>: <then>
    Given a charger with high-level communication
    And <who>
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And the modem of the charger tells no attenuation
    When the driver plugs in
    Then within 20 s a matching has failed
    And within 60 s the pilot is in state F
    And within 5 s the pilot duty is <duty>

    Examples:
      | who                           | then               | duty   |
      | nobody needs a token          | the nominal duty   | 53.3 % |
      | a charger that asks for a token | another invitation | 5.0 %  |

  @FH-A6
  Scenario: A matching that fails at direct current is followed by another invitation
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with direct current
    And the modem of the charger tells no attenuation
    When the driver plugs in
    Then within 20 s a matching has failed
    And within 60 s the pilot is in state F
    And within 5 s the pilot duty is 5.0 %

  # --- The link is lost ---

  @SL-03
  Scenario: A link that is lost before the badge is followed by another, and the car charges by messages
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And the rule END-STATION-WAITS may be broken by the charger
    When the driver plugs in
    Then within 10 s the data link is up
    When the modem of the car hangs
    Then within 5 s the pilot is in state F
    And within 5 s the pilot duty is 5.0 %
    When the modem of the car is in order again
    Then within 15 s the data link is up
    When the card 04CA2D01 is held to the reader
    Then within 30 s the contactor closes
    And the pilot duty cycle is between 4.9 % and 5.1 %

  @SL-03
  Scenario: A link that is lost while the car charges takes it to the duty
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And the rule END-STATION-WAITS may be broken by the charger
    When the driver plugs in
    Then within 30 s the contactor closes
    When the modem of the car hangs
    Then within 3 s the pilot is in state F
    And within 200 ms the contactor opens
    And for 3500 ms the pilot stays in state F
    And within 1 s the pilot duty is 53.3 %
    And within 10 s the contactor closes

  @SL-03
  Scenario: A link that is lost at direct current ends the transaction, and the car is invited to a new dialog
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with direct current
    And the rule END-STATION-WAITS may be broken by the charger
    When the driver plugs in
    Then within 70 s CurrentDemandRes is said
    When the modem of the car hangs
    Then within 3 s the pilot is in state F
    And within 3 s the contactor opens
    And within 5 s the pilot duty is 5.0 %
    And within 20 s the CSMS received TransactionEvent where
      | eventType                     | Ended |
      | transactionInfo.stoppedReason | Other |

  # --- Neither SDP nor TCP ---

  Scenario Outline: A car that is matched and never looks for the charger while <who>: <then>
    Given a charger with high-level communication
    And <who>
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And the car waits 60 s before it looks for the charger on the link
    When the driver plugs in
    Then within 10 s the data link is up
    And within 19 s the charger has waited in vain for a connection
    And within 1 s the pilot is in state F
    And within 5 s the pilot duty is <duty>

    Examples:
      | who                             | then               | duty   |
      | nobody needs a token            | the nominal duty   | 53.3 % |
      | a charger that asks for a token | another invitation | 5.0 %  |

  Scenario: A car that is matched three times and never looks for the charger is left alone, and charges with a badge
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And the car waits 60 s before it looks for the charger on the link
    When the driver plugs in
    And 100 s pass
    Then the pilot carries no PWM
    And for 20 s the pilot stays in state B
    When the card 04CA2D01 is held to the reader
    Then within 2 s the pilot duty is 53.3 %
    And within 10 s the contactor closes

  Scenario: At direct current a car that never looks for the charger is invited again
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with direct current
    And the car waits 60 s before it looks for the charger on the link
    When the driver plugs in
    Then within 30 s the charger has waited in vain for a connection
    And within 1 s the pilot is in state F
    And within 5 s the pilot duty is 5.0 %

  # --- The session failed ---

  # Nothing that the charger says arrives any more, and its TCP gives up.
  Scenario: A session that fails while the car charges takes it to the duty
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And the rule END-STATION-WAITS may be broken by the charger
    When the driver plugs in
    Then within 30 s the contactor closes
    When the power line loses 100 % of all frames
    Then within 70 s the pilot is in state F
    And for 3900 ms the pilot stays in state F
    And within 1 s the pilot duty is 53.3 %
    And within 10 s the contactor closes

  # It waits for a badge for as long as a car may (V2G_EVCC_Ongoing).
  @FH-A14
  Scenario: A session that fails because nobody is let in ends with X1, and a later badge with the nominal duty
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 10 s the data link is up
    And within 80 s the pilot is in state F
    And within 5 s the pilot is in state B
    And the pilot carries no PWM
    When 10 s pass
    And the card 04CA2D01 is held to the reader
    Then within 2 s the pilot duty is 53.3 %
    And within 10 s the contactor closes

  Scenario: A session that fails at direct current is followed by an invitation to a new dialog
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with direct current
    When the driver plugs in
    Then within 70 s CurrentDemandRes is said
    When the power line loses 100 % of all frames
    Then within 70 s the pilot is in state F
    And within 5 s the pilot duty is 5.0 %
    And the contactor is open

  # --- Accepted, but no loop ---

  Scenario: A car that is let in by messages and does not come to its loop charges by the duty
    Given a charger with the configuration
      """
      [pilot]
      loop_timeout_s = 2
      """
    And a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 10 s AuthorizationRes is said
    When the power line takes 700 ms for a frame
    And the card 04CA2D01 is held to the reader
    Then within 3 s the pilot is in state F
    And for 3500 ms the pilot stays in state F
    And within 1 s the pilot duty is 53.3 %
    And within 10 s the contactor closes

  # --- The end ---

  Scenario Outline: A car that ends its session finds X1, and another badge invites it again: <car>
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car "<car>"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    And 2 s pass
    And the card 04CA2D01 is held to the reader
    Then within 30 s the contactor closes
    When the car stops asking for energy
    Then within 20 s the dialog has ended
    And within 4 s the pilot carries no PWM
    And for 20 s the pilot duty stays 0 %
    When the driver unplugs
    And 3 s pass
    And the driver plugs in
    Then within 1 s the pilot duty is 5.0 %

    Examples:
      | car       |
      | audi-q4   |
      | vw-id3    |

  # --- Pause, and who wakes whom ---

  @I2-23
  Scenario Outline: A car pauses, sleeps for <time>, wakes the charger, and goes on with its session
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with <kind>
    When the driver plugs in
    Then within 30 s the contactor closes
    When the car pauses
    Then within 10 s the dialog is paused
    And within 4 s the pilot carries no PWM
    And the contactor is open
    When <time> pass
    And the car wakes the charger
    Then within 1 s the pilot duty is 5.0 %
    And within 20 s SessionSetupRes says OK_OldSessionJoined
    And within 30 s the contactor closes
    And for 5 s the pilot duty stays 5.0 %

    Examples:
      | time  | kind                |
      | 10 s  | alternating current |
      | 600 s | alternating current |

  @FH-A19
  Scenario: A car that pauses without energy is woken by the charger when there is some
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 30 s the contactor closes
    When the CSMS limits the charger to 0 A
    Then within 10 s the contactor opens
    When the car pauses
    Then within 10 s the dialog is paused
    And within 4 s the pilot carries no PWM
    When 60 s pass
    And the CSMS limits the charger to 16 A
    Then within 1 s the pilot duty is 5.0 %
    And within 20 s SessionSetupRes says OK_OldSessionJoined
    And within 30 s the contactor closes

  Scenario: A car that pauses by itself is left in peace when the energy goes and comes
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 30 s the contactor closes
    When the car pauses
    Then within 10 s the dialog is paused
    And within 4 s the pilot carries no PWM
    When the CSMS limits the charger to 0 A
    And 10 s pass
    And the CSMS limits the charger to 16 A
    And 20 s pass
    Then the pilot carries no PWM
    And the contactor is open

  Scenario: A car that nobody invites any more asks for it by going to C for a moment
    Given a charger with high-level communication
    And the car "vw-id3"
    And the car does not speak
    When the driver plugs in
    And 80 s pass
    Then the pilot carries no PWM
    When the car pulses C for 300 ms
    Then within 1 s the pilot duty is 5.0 %
    And within 21 s the pilot is in state F
    And within 5 s the pilot is in state B
    And the pilot carries no PWM

  Scenario: A car that sleeps in B at a nominal duty is woken once by state F
    Given a charger with high-level communication
    And the charger knows the card 04CA2D01
    And the car does not speak
    And the car waits before it asks for energy
    When the card 04CA2D01 is held to the reader
    And the driver plugs in
    Then within 2 s the pilot duty is 53.3 %
    And within 31 s the pilot is in state F
    And within 5 s the pilot duty is 53.3 %
    And for 60 s the pilot is never in state E
    And the pilot signal was F once
